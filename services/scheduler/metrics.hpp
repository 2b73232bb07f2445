#pragma once
// What the scheduler counts: jobs, and the tasks that its own workers run.

#include <string>
#include <string_view>
#include <vector>

#include "base/duration.hpp"
#include "rpc/dispatcher.hpp"
#include "tasks/worker_pool.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::scheduler {

class JobsMetrics {
  public:
    explicit JobsMetrics(telemetry::MetricRegistry& registry);

    void Fired(std::string_view job, Duration late) const;
    void Skipped(std::string_view job, std::string_view reason) const;  // "overlap" | "misfire"
    void Leading(bool leading) const;

  private:
    telemetry::CounterFamily fired_;
    telemetry::CounterFamily skipped_;
    telemetry::Histogram lateness_;
    telemetry::Gauge leading_;
};

// Shows a pool's counters while this object lives; the pool outlives it.
class PoolMetrics {
  public:
    PoolMetrics(telemetry::MetricRegistry& registry, const tasks::WorkerPool& pool);

  private:
    std::vector<telemetry::MetricRegistry::Reading> readings_;
};

// Counts gRPC calls and warns of slow ones.
class CallMetrics final : public rpc::CallObserver {
  public:
    explicit CallMetrics(telemetry::MetricRegistry& registry);

    void CallEnded(std::string_view method, const Status& status, std::chrono::nanoseconds duration)
        override;

  private:
    telemetry::CounterFamily requests_;
    telemetry::HistogramFamily seconds_;
};

}  // namespace mp::scheduler
