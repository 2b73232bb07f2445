#pragma once
// Shows a pool's counters while this object lives; the pool outlives it.

#include <vector>

#include "tasks/worker_pool.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::tasks {

class PoolMetrics {
  public:
    PoolMetrics(telemetry::MetricRegistry& registry, const WorkerPool& pool);

  private:
    std::vector<telemetry::MetricRegistry::Reading> readings_;
};

}  // namespace mp::tasks
