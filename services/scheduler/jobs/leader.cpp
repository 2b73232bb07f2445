#include "scheduler/jobs/leader.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/deadline.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::scheduler {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"jobs"};
// The wall clock may be set: never trust it for longer.
constexpr Duration kLookAgain = 1s;

}  // namespace

Task<Status> Leader::Lead(uint64_t token) {
    while (!table_.synced()) co_await table_.changed().Wait();
    co_await RecoverAll(token);
    for (;;) {
        Nanos wake = clock_.Now() + kLookAgain.count();
        for (std::string& id : table_.Ids()) {
            const Nanos again = co_await Look(std::move(id), token);
            wake = std::min(wake, again);
        }
        const Duration wait(std::max<Nanos>(0, wake - clock_.Now()));
        if (wait.count() > 0) {
            co_await table_.changed().Wait(Deadline::After(wait));
        } else {
            co_await runtime::Yield();
        }
    }
}

Task<> Leader::RecoverAll(uint64_t token) {
    for (const std::string& id : table_.Ids()) {
        for (;;) {
            const Job* const job = table_.Find(id);
            if (job == nullptr) break;
            const Status recovered =
                co_await firing_.Recover(job->spec, job->state.last_due, token);
            if (recovered.ok()) break;
            kLog.Warn("cannot take a job over", {{"job", id}, {"reason", recovered}});
            co_await runtime::Sleep(config_.retry_every);
        }
    }
}

Task<Nanos> Leader::Look(std::string id, uint64_t token) {
    const Nanos now = clock_.Now();
    const Nanos later = now + kLookAgain.count();
    const Job* const job = table_.Find(id);
    if (job == nullptr) co_return later;
    if (const auto held = held_off_.find(id); held != held_off_.end() && held->second > now) {
        co_return std::min(held->second, later);
    }
    const std::optional<Step> step = NextStep(*job, now, config_.misfire_after);
    if (!step) co_return later;
    if (step->kind == Step::Kind::kWait) co_return std::min(step->at, later);

    const Status taken = co_await Take(*job, *step, token);
    if (taken.ok()) {
        held_off_.erase(id);
        co_return now;
    }
    kLog.Warn("job not fired, trying again", {{"job", id}, {"reason", taken}});
    held_off_[id] = clock_.Now() + config_.retry_every.count();
    co_return held_off_[id];
}

Task<Status> Leader::Take(Job job, Step step, uint64_t token) {
    if (step.kind == Step::Kind::kFire) return firing_.Fire(std::move(job.spec), step.due, token);
    if (step.kind == Step::Kind::kPassOver) firing_.Missed(job.spec.id);
    return firing_.PassOver(std::move(job.spec.id), job.state.last_due, step.due, token);
}

}  // namespace mp::scheduler
