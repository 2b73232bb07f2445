#pragma once
// Fires jobs when they are due, for as long as this instance leads. One io_context thread;
// everything referenced outlives it.

#include <map>
#include <string>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "runtime/task.hpp"
#include "scheduler/jobs/firing.hpp"
#include "scheduler/jobs/job_table.hpp"
#include "scheduler/jobs/plan.hpp"

namespace mp::scheduler {

struct LeaderConfig {
    Duration misfire_after = std::chrono::minutes(2);  // later than this is missed
    Duration retry_every = std::chrono::seconds(1);    // of a job whose firing failed
};

class Leader {
  public:
    Leader(
        JobTable& table, Firing& firing, LeaderConfig config, const Clock& clock = DefaultClock()
    )
        : table_(table), firing_(firing), config_(config), clock_(clock) {}

    // Leads until cancelled. `token` fences off leaders before.
    Task<Status> Lead(uint64_t token);

  private:
    Task<> RecoverAll(uint64_t token);
    // Does what the job wants now; when to look at it again.
    Task<Nanos> Look(std::string id, uint64_t token);
    Task<Status> Take(Job job, Step step, uint64_t token);

    JobTable& table_;
    Firing& firing_;
    const LeaderConfig config_;
    const Clock& clock_;
    std::map<std::string, Nanos> held_off_;  // after failures: not before
};

}  // namespace mp::scheduler
