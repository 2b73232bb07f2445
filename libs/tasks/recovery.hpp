#pragma once
// Second chances for tasks whose record says unfinished although no message stands behind it any
// more: what the jobs `recover_stuck_tasks` and `recover_failed_tasks` do. A task whose message is
// still in the stream is left to the broker. Safe to run from several processes at once.

#include <chrono>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "bus/connection.hpp"
#include "reliability/key_value.hpp"
#include "runtime/task.hpp"
#include "tasks/records.hpp"

namespace mp::tasks {

class Recovery {
  public:
    struct Config {
        std::chrono::nanoseconds stuck_after = std::chrono::minutes(30);
        uint32_t max_retries = 3;
    };

    Recovery(
        bus::Connection& connection,
        reliability::KeyValue& results,
        Config config,
        const Clock& clock = DefaultClock()
    );

    // RUNNING (or PENDING) and not updated for `stuck_after` -> queued again as HIGH. How many.
    runtime::Task<Result<size_t>> RecoverStuck(Deadline deadline);

    // FAILED with retries left -> queued again as HIGH, retry_count + 1. How many.
    runtime::Task<Result<size_t>> RecoverFailed(Deadline deadline);

    // Removes messages whose tasks have been finished for `stuck_after`: an acknowledgement
    // outlives a crash of the broker, the removal that it led to may not. How many.
    runtime::Task<Result<size_t>> RemoveFinished(Deadline deadline);

  private:
    runtime::Task<Result<bool>> RemoveIfFinished(uint64_t sequence, Deadline deadline);
    runtime::Task<Result<bool>> InStream(TaskRecord record, Deadline deadline);
    // Whether it was us who queued it again.
    runtime::Task<Result<bool>> QueueAgain(StoredRecord stored, Deadline deadline);

    bus::Connection& connection_;
    Records records_;
    Config config_;
    const Clock& clock_;
};

}  // namespace mp::tasks
