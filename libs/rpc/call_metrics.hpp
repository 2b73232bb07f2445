#pragma once
// What a service's gRPC face counts: calls, how long they took, those refused; warns of slow ones.

#include <string_view>

#include "rpc/dispatcher.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::rpc {

// Observes `dispatcher`, which outlives it; so does the registry. On the executor's thread.
class CallMetrics final : public CallObserver {
  public:
    CallMetrics(telemetry::MetricRegistry& registry, Dispatcher& dispatcher);
    ~CallMetrics() override;
    CallMetrics(const CallMetrics&) = delete;
    CallMetrics& operator=(const CallMetrics&) = delete;

    void CallEnded(std::string_view method, const Status& status, std::chrono::nanoseconds duration)
        override;

  private:
    Dispatcher& dispatcher_;
    telemetry::CounterFamily requests_;
    telemetry::HistogramFamily seconds_;
    telemetry::MetricRegistry::Reading refused_;
};

}  // namespace mp::rpc
