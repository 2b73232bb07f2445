#pragma once
// Task `retention`: deletes what was received longer ago than the configuration, or the task, says,
// but for what is needed to use what is kept (retention_cut.hpp).
// Payload {"older_than":"30d"}, or {} for the configured time. Result {"deleted":n,"series":n}.

#include <string>

#include "base/duration.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/task.hpp"
#include "storage/engine.hpp"
#include "tasks/worker_pool.hpp"

namespace mp::storage {

class RetentionTask {
  public:
    // Everything referenced outlives it. 0: nothing is deleted unless a task says how old.
    RetentionTask(
        Engine& engine,
        runtime::BlockingPool& pool,
        Duration retention,
        const Clock& clock = DefaultClock()
    )
        : engine_(engine), pool_(pool), retention_(retention), clock_(clock) {}

    Task<Result<std::string>> Run(tasks::TaskContext& context);

    void set_retention(Duration retention) { retention_ = retention; }

  private:
    Result<Duration> OlderThan(const std::string& payload) const;
    // How many events went.
    Task<Result<uint64_t>> Expire(const SeriesEntry& entry, Nanos before);

    Engine& engine_;
    runtime::BlockingPool& pool_;
    Duration retention_;
    const Clock& clock_;
};

}  // namespace mp::storage
