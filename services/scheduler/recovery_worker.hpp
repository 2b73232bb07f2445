#pragma once
// Runs the tasks that the scheduler itself is able to do: `recover_stuck_tasks`,
// `recover_failed_tasks`, and what Handle adds. All other kinds run in the services that own them.
// One io_context thread; connection and bucket outlive it.

#include <string>
#include <utility>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "bus/connection.hpp"
#include "bus/dead_letter.hpp"
#include "bus/dead_letter_metrics.hpp"
#include "reliability/key_value.hpp"
#include "runtime/all_of.hpp"
#include "runtime/task.hpp"
#include "scheduler/config.hpp"
#include "scheduler/metrics.hpp"
#include "tasks/pool_metrics.hpp"
#include "tasks/recovery.hpp"
#include "tasks/worker_pool.hpp"

namespace mp::scheduler {

class RecoveryWorker {
  public:
    RecoveryWorker(
        bus::Connection& bus,
        reliability::KeyValue& results,
        const Config& config,
        telemetry::MetricRegistry& metrics
    );

    // Before Run.
    void Handle(std::string kind, tasks::TaskHandler handler) {
        pool_.Handle(std::move(kind), std::move(handler));
    }

    // Works until cancelled.
    Task<Status> Run() { return runtime::AllOf(pool_.Run(), dead_letters_.Run()); }

    double load() const { return pool_.load(); }

  private:
    Task<Result<std::string>> RecoverStuck(tasks::TaskContext& context);
    Task<Result<std::string>> RecoverFailed(tasks::TaskContext& context);

    tasks::Recovery recovery_;
    bus::DeadLetters dead_letters_;
    tasks::WorkerPool pool_;
    telemetry::CounterFamily recovered_;
    telemetry::Counter removed_;
    tasks::PoolMetrics pool_metrics_;
    bus::DeadLetterMetrics letter_metrics_;
};

}  // namespace mp::scheduler
