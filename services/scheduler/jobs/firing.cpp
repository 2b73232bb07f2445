#include "scheduler/jobs/firing.hpp"

#include <absl/strings/numbers.h>
#include <algorithm>
#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "scheduler/jobs/plan.hpp"
#include "telemetry/logging.hpp"

namespace mp::scheduler {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

const telemetry::Logger kLog{"jobs"};
constexpr Duration kSubmitTimeout = 10s;

std::string DecisionPrefix(const std::string& id) {
    return "firing." + id;
}

std::string DecisionKey(const std::string& id, Nanos due) {
    return DecisionPrefix(id) + "." + std::to_string(due / kSecond);
}

// "retention-1718000000": a repeat of the same firing is the same task.
std::string TaskIdOf(const std::string& id, Nanos due) {
    return id + "-" + std::to_string(due / kSecond);
}

tasks::TaskRequest RequestFor(const JobSpec& spec, std::string task_id, std::string origin) {
    tasks::TaskRequest request;
    request.id = std::move(task_id);
    request.kind = spec.kind;
    request.priority = spec.priority;
    request.payload_json = spec.payload_json;
    request.timeout = spec.timeout;
    request.max_retries = spec.max_retries;
    request.origin = std::move(origin);
    return request;
}

// The due time of a decision's key, 0 where it has none.
Nanos DueOf(const std::string& key) {
    int64_t seconds = 0;
    if (!absl::SimpleAtoi(key.substr(key.rfind('.') + 1), &seconds)) return 0;
    return seconds * kSecond;
}

Status CheckToken(const JobState& state, uint64_t token) {
    if (state.token <= token) return OkStatus();
    return absl::FailedPreconditionError("a newer leader has written this job");
}

}  // namespace

Task<Status> Firing::Fire(JobSpec spec, Nanos due, uint64_t token) {
    const Result<std::string> task_id = co_await Decide(spec, due, token);
    if (!task_id.ok()) co_return task_id.status();
    if (!task_id->empty()) {
        const std::string origin = "job:" + spec.id + "@" + FormatTime(due);
        tasks::TaskRequest request = RequestFor(spec, *task_id, origin);
        const Result<std::string> submitted =
            co_await queue_.Submit(std::move(request), Deadline::After(kSubmitTimeout));
        if (!submitted.ok()) co_return submitted.status();
    }
    MP_CO_RETURN_IF_ERROR(co_await Settle(spec.id, due, *task_id, token));
    if (task_id->empty()) {
        metrics_.Skipped(spec.id, "overlap");
        kLog.Info("firing skipped", {{"job", spec.id}, {"reason", "the last task is not over"}});
    } else {
        const Nanos planned = due + JitterOf(spec, due).count();
        metrics_.Fired(spec.id, Duration(std::max<Nanos>(0, clock_.Now() - planned)));
    }
    co_return OkStatus();
}

Task<Result<std::string>> Firing::Decide(const JobSpec& spec, Nanos due, uint64_t token) {
    std::string task_id = TaskIdOf(spec.id, due);
    const Job* const job = table_.Find(spec.id);
    if (job != nullptr && spec.overlap == Overlap::kSkip) {
        const std::string last = job->state.last_task_id;
        const bool still_runs = co_await StillRuns(last);
        if (still_runs && last != task_id) task_id.clear();
    }
    const std::string key = DecisionKey(spec.id, due);
    const Json decision = {{"task_id", task_id}, {"token", token}};
    const Result<uint64_t> created = co_await decisions_.Create(key, decision.dump());
    if (created.ok()) co_return task_id;
    if (created.status().code() != StatusCode::kAlreadyExists) co_return created.status();

    // Decided before, by this leader or another one: that holds.
    const Result<reliability::Entry> entry = co_await decisions_.Get(key);
    if (!entry.ok()) co_return entry.status();
    const Json earlier = Json::parse(entry->value, nullptr, false);
    if (!earlier.is_object()) co_return absl::InternalError("unreadable decision " + key);
    co_return earlier.value("task_id", std::string());
}

Task<bool> Firing::StillRuns(std::string task_id) {
    if (task_id.empty()) co_return false;
    const Result<tasks::TaskRecord> record = co_await queue_.Get(std::move(task_id));
    co_return record.ok() && !tasks::IsFinal(record->status());
}

Task<Status> Firing::Settle(std::string id, Nanos due, std::string task_id, uint64_t token) {
    const Nanos now = clock_.Now();
    const JobTable::StateChange settle = [=](JobState& state) {
        MP_RETURN_IF_ERROR(CheckToken(state, token));
        state.token = token;
        state.last_due = std::max(state.last_due, due);
        if (task_id.empty()) return OkStatus();
        state.last_fired = now;
        state.last_task_id = task_id;
        return OkStatus();
    };
    co_return (co_await table_.Change(std::move(id), settle)).status();
}

Task<Status> Firing::PassOver(std::string id, Nanos settled, Nanos due, uint64_t token) {
    const JobTable::StateChange settle = [=](JobState& state) {
        MP_RETURN_IF_ERROR(CheckToken(state, token));
        if (state.last_due != settled) return OkStatus();
        state.token = token;
        state.last_due = due;
        return OkStatus();
    };
    co_return (co_await table_.Change(std::move(id), settle)).status();
}

Task<Status> Firing::Recover(JobSpec spec, Nanos settled, uint64_t token) {
    if (settled == 0) co_return OkStatus();
    const auto keys = co_await decisions_.Keys(DecisionPrefix(spec.id));
    if (!keys.ok()) co_return keys.status();
    Nanos latest = 0;
    for (const std::string& key : *keys) latest = std::max(latest, DueOf(key));
    if (latest <= settled) co_return OkStatus();
    kLog.Info("completing a firing", {{"job", spec.id}, {"due", FormatTime(latest)}});
    co_return co_await Fire(std::move(spec), latest, token);
}

Task<Status> Firing::CheckOverlap(JobSpec spec, std::string last_task_id) {
    if (spec.overlap != Overlap::kSkip) co_return OkStatus();
    const bool still_runs = co_await StillRuns(last_task_id);
    if (!still_runs) co_return OkStatus();
    co_return absl::FailedPreconditionError(
        "job " + spec.id + " still runs as task " + last_task_id + "; wait for it or cancel it"
    );
}

Task<bool> Firing::Remember(std::string id, std::string task_id, Nanos fired, bool repeated) {
    bool news = false;
    const JobTable::StateChange remember = [&](JobState& state) {
        const bool known = state.last_fired >= fired || state.last_task_id == task_id;
        news = !repeated || !known;
        if (!news) return OkStatus();
        state.last_fired = fired;
        state.last_task_id = task_id;
        return OkStatus();
    };
    const auto remembered = co_await table_.Change(id, remember);
    if (!remembered.ok()) {
        kLog.Warn("firing not remembered", {{"job", id}, {"reason", remembered.status()}});
    }
    co_return news;
}

Task<Result<std::string>> Firing::FireNow(
    JobSpec spec,
    JobState state,
    std::string task_id,
    telemetry::TraceContext trace,
    Deadline deadline
) {
    if (task_id.empty()) task_id = tasks::MakeTaskId();
    const Result<tasks::TaskRecord> earlier = co_await queue_.Get(task_id);
    const bool unknown = earlier.status().code() == StatusCode::kNotFound;
    if (!earlier.ok() && !unknown) co_return earlier.status();
    const bool repeated = earlier.ok() && !tasks::IsForgotten(*earlier, clock_.Now());
    if (!repeated) {
        MP_CO_RETURN_IF_ERROR(co_await CheckOverlap(spec, state.last_task_id));
    }
    const std::string origin = "job:" + spec.id + "@now";
    tasks::TaskRequest request = RequestFor(spec, std::move(task_id), origin);
    request.trace = trace;
    const Result<std::string> submitted = co_await queue_.Submit(std::move(request), deadline);
    if (!submitted.ok()) co_return submitted.status();
    // A repeat completes what was left half done; what the job has done since then stands.
    const Nanos fired = repeated ? earlier->task().created_ts() : clock_.Now();
    const bool news = co_await Remember(spec.id, *submitted, fired, repeated);
    if (news) metrics_.Fired(spec.id, Duration(0));
    co_return *submitted;
}

}  // namespace mp::scheduler
