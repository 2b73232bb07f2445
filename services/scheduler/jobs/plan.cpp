#include "scheduler/jobs/plan.hpp"

#include <algorithm>
#include <string>

#include "base/hash.hpp"

namespace mp::scheduler {
namespace {

Step Missed(const Job& job, Nanos due, Nanos settled_until) {
    const Nanos latest = std::max(due, job.schedule.Last(settled_until).value_or(due));
    const bool fire = job.spec.misfire == Misfire::kFireOnce;
    return {fire ? Step::Kind::kFire : Step::Kind::kPassOver, latest, latest};
}

}  // namespace

std::optional<Step> NextStep(const Job& job, Nanos now, Duration grace) {
    const JobState& state = job.state;
    if (!job.spec.enabled) {
        if (state.last_due == 0) return std::nullopt;
        return Step{Step::Kind::kForget};
    }
    if (state.paused) return std::nullopt;
    // A clock that was wrong by more than the grace has been put right since.
    const bool ahead = state.last_due > now + grace.count();
    if (state.last_due == 0 || ahead) return Step{Step::Kind::kStart, now, now};

    const Nanos due = job.schedule.Next(state.last_due);
    const Nanos at = due + JitterOf(job.spec, due).count();
    if (at > now) return Step{Step::Kind::kWait, due, at};
    if (at < now - grace.count()) return Missed(job, due, now - grace.count());
    return Step{Step::Kind::kFire, due, at};
}

std::optional<Nanos> NextDue(const Job& job, Nanos now) {
    if (!job.spec.enabled || job.state.paused) return std::nullopt;
    return job.schedule.Next(std::max(now, job.state.last_due));
}

Duration JitterOf(const JobSpec& spec, Nanos due) {
    if (spec.jitter.count() <= 0) return Duration(0);
    const uint64_t hash = Fnv1a(std::to_string(due), Fnv1a(spec.id));
    return Duration(static_cast<int64_t>(hash % static_cast<uint64_t>(spec.jitter.count())));
}

}  // namespace mp::scheduler
