#include "scheduler/jobs/job_table.hpp"

#include <chrono>
#include <string_view>
#include <utility>

#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::scheduler {
namespace {

using namespace std::chrono_literals;
using reliability::KeyChange;

const telemetry::Logger kLog{"jobs"};
constexpr std::string_view kStatePrefix = "state.";
constexpr std::string_view kSpecPrefix = "spec.";
// Somebody else's writes in between; more than a few mean that something is badly wrong.
constexpr int kMaxAttempts = 16;

bool LostRace(const Status& status) {
    return status.code() == StatusCode::kAborted || status.code() == StatusCode::kAlreadyExists;
}

}  // namespace

Task<Status> JobTable::Run() {
    for (;;) {
        const Status ended = co_await Watch();
        kLog.Warn("watch of jobs lost", {{"reason", ended}});
        co_await runtime::Sleep(500ms);
    }
}

Task<Status> JobTable::Watch() {
    auto watch = co_await bucket_.Watch("");
    if (!watch.ok()) co_return watch.status();
    seen_.clear();
    for (;;) {
        const Result<KeyChange> change = co_await (*watch)->Next();
        if (!change.ok()) co_return change.status();
        Take(*change);
    }
}

void JobTable::Take(const KeyChange& change) {
    const std::string_view key = change.key;
    if (change.kind == KeyChange::Kind::kCaughtUp) {
        synced_ = true;
        DropUnseen();
        changed_.NotifyAll();
    } else if (key.substr(0, kStatePrefix.size()) == kStatePrefix) {
        TakeState(std::string(key.substr(kStatePrefix.size())), change);
    } else if (key.substr(0, kSpecPrefix.size()) == kSpecPrefix) {
        TakeSpec(std::string(key.substr(kSpecPrefix.size())), change);
    }
}

void JobTable::TakeState(const std::string& id, const KeyChange& change) {
    if (change.kind == KeyChange::Kind::kDelete) {
        return Keep(id, JobState(), change.entry.revision);
    }
    const Result<JobState> state = ParseJobState(change.entry.value);
    if (!state.ok()) {
        return kLog.Error(
            "state of a job is unreadable", {{"job", id}, {"reason", state.status()}}
        );
    }
    Keep(id, *state, change.entry.revision);
}

void JobTable::TakeSpec(const std::string& id, const KeyChange& change) {
    if (change.kind == KeyChange::Kind::kDelete) {
        added_.erase(id);
        return Rebuild();
    }
    seen_.insert(id);
    Result<JobSpec> spec = ParseJobSpec(id, change.entry.value);
    Result<Job> job = spec.ok() ? MakeJob(*std::move(spec)) : Result<Job>(spec.status());
    if (!job.ok()) {
        return kLog.Error("added job is refused", {{"job", id}, {"reason", job.status()}});
    }
    added_.insert_or_assign(id, *std::move(job));
    Rebuild();
}

void JobTable::Keep(const std::string& id, const JobState& state, uint64_t revision) {
    Kept& kept = states_[id];
    if (revision < kept.revision) return;
    kept = {state, revision};
    if (const auto job = jobs_.find(id); job != jobs_.end()) job->second.state = state;
    changed_.NotifyAll();
}

void JobTable::Configure(const std::vector<Job>& jobs) {
    kLog.Info("jobs are configured", {{"jobs", jobs.size()}});
    configured_.clear();
    for (const Job& job : jobs) configured_.insert_or_assign(job.spec.id, job);
    Rebuild();
}

void JobTable::DropUnseen() {
    std::erase_if(added_, [&](const auto& job) { return seen_.count(job.first) == 0; });
    Rebuild();
}

void JobTable::Rebuild() {
    jobs_ = configured_;
    for (const auto& [id, job] : added_) jobs_.emplace(id, job);
    for (auto& [id, job] : jobs_) {
        if (const auto kept = states_.find(id); kept != states_.end())
            job.state = kept->second.state;
    }
    changed_.NotifyAll();
}

const Job* JobTable::Find(const std::string& id) const {
    const auto found = jobs_.find(id);
    return found != jobs_.end() ? &found->second : nullptr;
}

std::vector<std::string> JobTable::Ids() const {
    std::vector<std::string> ids;
    for (const auto& [id, job] : jobs_) ids.push_back(id);
    return ids;
}

Task<Result<JobState>> JobTable::Change(std::string id, StateChange change) {
    const std::string key = StateKey(id);
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        const Result<reliability::Entry> entry = co_await bucket_.Get(key);
        const bool absent = entry.status().code() == StatusCode::kNotFound;
        if (!entry.ok() && !absent) co_return entry.status();
        JobState state;
        if (!absent) {
            const Result<JobState> parsed = ParseJobState(entry->value);
            if (parsed.ok()) state = *parsed;
        }
        const JobState before = state;
        if (const Status applied = change(state); !applied.ok()) co_return applied;
        if (!absent && state == before) {
            Keep(id, state, entry->revision);
            co_return state;
        }

        const Result<uint64_t> written = co_await Write(key, state, absent ? 0 : entry->revision);
        if (written.ok()) {
            Keep(id, state, *written);
            co_return state;
        }
        if (!LostRace(written.status())) co_return written.status();
    }
    co_return absl::AbortedError("the state of job " + id + " keeps changing");
}

Task<Result<uint64_t>> JobTable::Write(std::string key, JobState state, uint64_t expected) {
    const std::string value = ToJson(state);
    if (expected == 0) co_return co_await bucket_.Create(key, value);
    co_return co_await bucket_.Update(key, value, expected);
}

}  // namespace mp::scheduler
