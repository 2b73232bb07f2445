#pragma once
// Turns a due time into a task, exactly once whoever does it: the decision is a KV create of
// `firing.<job>.<due>`, the task's id follows from job and due time, and both may be repeated until
// they succeed. A scheduler that takes over in the middle finds the decision and completes it.
//
// One io_context thread; everything referenced outlives it.

#include <string>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "reliability/key_value.hpp"
#include "runtime/task.hpp"
#include "scheduler/jobs/job_table.hpp"
#include "scheduler/metrics.hpp"
#include "tasks/task_queue.hpp"

namespace mp::scheduler {

class Firing {
  public:
    // `decisions`: a bucket whose keys live for a day.
    Firing(
        JobTable& table,
        reliability::KeyValue& decisions,
        tasks::TaskQueue& queue,
        JobsMetrics& metrics,
        const Clock& clock = DefaultClock()
    )
        : table_(table), decisions_(decisions), queue_(queue), metrics_(metrics), clock_(clock) {}

    // Fires `due`, or skips it where the job must not overlap; then it is settled. After an error
    // call it again. FailedPrecondition: another leader has a newer `token`.
    Task<Status> Fire(JobSpec spec, Nanos due, uint64_t token);

    // Settles everything up to `due` without firing, unless something behind `settled` was settled
    // meanwhile.
    Task<Status> PassOver(std::string id, Nanos settled, Nanos due, uint64_t token);
    void Missed(const std::string& id) const { metrics_.Skipped(id, "misfire"); }

    // Completes the firing that a former leader may have left half done.
    Task<Status> Recover(JobSpec spec, Nanos settled, uint64_t token);

    // Beside the schedule, on demand; the task's id, which is `task_id` where that is not empty: a
    // repeat with it changes nothing but completes it. FailedPrecondition where the job must not
    // overlap and still runs. `trace`: of who wants it.
    Task<Result<std::string>> FireNow(
        JobSpec spec,
        JobState state,
        std::string task_id,
        telemetry::TraceContext trace,
        Deadline deadline
    );

  private:
    // What was decided about a due time; empty: skipped.
    Task<Result<std::string>> Decide(const JobSpec& spec, Nanos due, uint64_t token);
    Task<bool> StillRuns(std::string task_id);
    // FailedPrecondition: the job must not overlap, and its last task is not over.
    Task<Status> CheckOverlap(JobSpec spec, std::string last_task_id);
    // False for a repeated task that the job knows of, or since which it has fired.
    Task<bool> Remember(std::string id, std::string task_id, Nanos fired, bool repeated);
    Task<Status> Settle(std::string id, Nanos due, std::string task_id, uint64_t token);

    JobTable& table_;
    reliability::KeyValue& decisions_;
    tasks::TaskQueue& queue_;
    JobsMetrics& metrics_;
    const Clock& clock_;
};

}  // namespace mp::scheduler
