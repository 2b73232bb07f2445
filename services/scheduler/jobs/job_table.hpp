#pragma once
// All jobs: those of the configuration and those added at run time, with their states as bucket
// `jobs` has them. Every scheduler follows the bucket, so each can answer; only the leader fires.
// One io_context thread; bucket and clock outlive it.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "reliability/key_value.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"
#include "scheduler/jobs/job.hpp"

namespace mp::scheduler {

class JobTable {
  public:
    explicit JobTable(reliability::KeyValue& bucket) : bucket_(bucket) {}

    // Follows the bucket until cancelled; begins anew when the watch is lost.
    Task<Status> Run();

    // Replaces the configured jobs; states stay.
    void Configure(const std::vector<Job>& jobs);

    // Null where there is none. Valid until the table changes: not across an await.
    const Job* Find(const std::string& id) const;
    std::vector<std::string> Ids() const;

    // Applies `change` to the newest state of the job and writes it; what it is then. A repeat
    // after an error must do no harm. Errors of `change` are returned and nothing is written.
    using StateChange = std::function<Status(JobState& state)>;
    Task<Result<JobState>> Change(std::string id, StateChange change);

    // What the bucket holds is known.
    bool synced() const { return synced_; }
    // Notified after every change of the table.
    runtime::Condition& changed() { return changed_; }

  private:
    struct Kept {
        JobState state;
        uint64_t revision = 0;
    };

    Task<Status> Watch();
    // `expected`: the revision that is replaced, 0 for none.
    Task<Result<uint64_t>> Write(std::string key, JobState state, uint64_t expected);
    void Take(const reliability::KeyChange& change);
    void TakeState(const std::string& id, const reliability::KeyChange& change);
    void TakeSpec(const std::string& id, const reliability::KeyChange& change);
    void Keep(const std::string& id, const JobState& state, uint64_t revision);
    // Jobs that were taken out while nobody watched.
    void DropUnseen();
    void Rebuild();

    reliability::KeyValue& bucket_;
    std::map<std::string, Job> configured_;
    std::map<std::string, Job> added_;  // at run time; the configuration wins
    std::set<std::string> seen_;        // of the added ones, since the watch began
    std::map<std::string, Kept> states_;
    std::map<std::string, Job> jobs_;  // both, with states
    runtime::Condition changed_;
    bool synced_ = false;
};

}  // namespace mp::scheduler
