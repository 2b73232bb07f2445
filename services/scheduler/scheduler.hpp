#pragma once
// The scheduler's work: makes what it needs on the bus, follows the table of jobs, campaigns for
// leadership, fires jobs while it leads, and runs the tasks that are its own. One io_context
// thread; everything referenced outlives it.

#include <cstdint>
#include <string>

#include "base/status.hpp"
#include "bus/connection.hpp"
#include "reliability/distributed_lock.hpp"
#include "reliability/leadership.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"
#include "scheduler/buckets.hpp"
#include "scheduler/config.hpp"
#include "scheduler/jobs/job_table.hpp"
#include "scheduler/jobs/leader.hpp"
#include "scheduler/recovery_worker.hpp"

namespace mp::scheduler {

// Who leads: the key of the lock, and the name in it.
inline constexpr char kLeaderLock[] = "scheduler-leader";

class Scheduler {
  public:
    Scheduler(
        const Config& config,
        bus::Connection& bus,
        Buckets& buckets,
        JobTable& table,
        Leader& leader,
        RecoveryWorker& worker
    );

    // Waits for the broker, then works until cancelled.
    Task<Status> Run(const JobsMetrics& metrics);

    // Set once it can answer calls.
    runtime::Event& ready() { return ready_; }
    bool leading() const { return leading_; }
    const reliability::DistributedLock& lock() const { return lock_; }

  private:
    Task<Status> Campaign(const JobsMetrics& metrics);
    Task<Status> BecomeReady();

    const Config& config_;
    bus::Connection& bus_;
    JobTable& table_;
    Leader& leader_;
    RecoveryWorker& worker_;
    reliability::DistributedLock lock_;
    runtime::Event ready_;
    bool leading_ = false;
};

// The instance that holds the leader's lock; empty where nobody does.
Task<Result<std::string>> LeaderOf(reliability::KeyValue& locks);

}  // namespace mp::scheduler
