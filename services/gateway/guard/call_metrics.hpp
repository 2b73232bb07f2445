#pragma once
// Counts every gRPC call as REST requests are counted: method "grpc", endpoint the method's name,
// status the code's; and those refused. On the dispatcher's executor.

#include <string_view>
#include <unordered_map>

#include "rpc/dispatcher.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::gateway {

class CallMetrics final : public rpc::CallObserver {
  public:
    // Observes the dispatcher, which outlives it.
    CallMetrics(telemetry::MetricRegistry& metrics, rpc::Dispatcher& dispatcher);
    ~CallMetrics() override { dispatcher_.set_observer(nullptr); }
    CallMetrics(const CallMetrics&) = delete;
    CallMetrics& operator=(const CallMetrics&) = delete;

    void CallEnded(std::string_view method, const Status& status, std::chrono::nanoseconds duration)
        override;

  private:
    // What most calls need, found once.
    struct Handles {
        telemetry::Counter answered;
        telemetry::Histogram seconds;
    };

    rpc::Dispatcher& dispatcher_;
    telemetry::CounterFamily requests_;
    telemetry::HistogramFamily seconds_;
    telemetry::MetricRegistry::Reading refused_;
    std::unordered_map<std::string_view, Handles> handles_;  // by method, a literal
};

}  // namespace mp::gateway
