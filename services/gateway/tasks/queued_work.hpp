#pragma once
// The work from the queue that a gateway can do. One io_context thread; everything referenced
// outlives it.

#include <string>

#include "bus/connection.hpp"
#include "bus/dead_letter.hpp"
#include "bus/dead_letter_metrics.hpp"
#include "bus/kv_bucket.hpp"
#include "gateway/tasks/cache_warmup.hpp"
#include "runtime/task.hpp"
#include "tasks/pool_metrics.hpp"
#include "tasks/worker_pool.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::gateway {

class QueuedWork {
  public:
    // `instance`: how this gateway is called as a worker.
    QueuedWork(
        bus::Connection& bus,
        std::string instance,
        History& history,
        RestFace& rest,
        telemetry::MetricRegistry& metrics
    );

    // Works until cancelled, once the broker is there.
    Task<Status> Run();
    // What is done without being asked for, at the start.
    Task<Status> AtStart(registry::Directory& directory) { return warmup_.AtStart(directory); }

    double load() const { return workers_.load(); }

  private:
    bus::KvBucket results_;
    bus::DeadLetters letters_;
    tasks::WorkerPool workers_;
    CacheWarmup warmup_;
    tasks::PoolMetrics pool_metrics_;
    bus::DeadLetterMetrics letter_metrics_;
};

}  // namespace mp::gateway
