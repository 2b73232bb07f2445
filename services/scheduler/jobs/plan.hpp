#pragma once
// What is to be done for a job next. Pure: the same for every process that looks at the same state
// at the same time.

#include <optional>

#include "base/duration.hpp"
#include "base/time.hpp"
#include "scheduler/jobs/job.hpp"

namespace mp::scheduler {

struct Step {
    enum class Kind {
        kStart,     // never looked at: settle everything up to `due` without firing
        kForget,    // switched off: settle up to 0, so that switching on begins anew
        kWait,      // until `at`
        kFire,      // `due`, its time has come
        kPassOver,  // everything up to `due` was missed and is settled without firing
    };
    Kind kind = Kind::kWait;
    Nanos due = 0;
    Nanos at = 0;  // when `due` is to be fired
};

// Nothing: the job waits for somebody to resume or enable it. A firing that comes more than `grace`
// after its time is a misfire.
std::optional<Step> NextStep(const Job& job, Nanos now, Duration grace);

// When the job fires next, if nothing changes.
std::optional<Nanos> NextDue(const Job& job, Nanos now);

// How long after `due` the job fires: spread over [0, jitter), the same in every process.
Duration JitterOf(const JobSpec& spec, Nanos due);

}  // namespace mp::scheduler
