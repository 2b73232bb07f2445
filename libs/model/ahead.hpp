#pragma once
// Times that have not come yet. Clocks differ, so an event may lie a little ahead of the clock of
// whoever receives it; one that lies further ahead has a wrong time, and taking it would say of all
// the time up to there that it has passed. Pure.

#include <cstdint>

#include "base/time.hpp"
#include "model/event.hpp"

namespace mp::model {

inline constexpr Nanos kMaxAhead = 3600 * kSecond;

inline bool IsAhead(Nanos time, Nanos now) {
    return now < INT64_MAX - kMaxAhead && time > now + kMaxAhead;
}

// The newest time that the event gives to something that has happened. When a bar ends, a rate
// falls due or a contract expires is none of these.
Nanos NewestTime(const Event& event);

}  // namespace mp::model
