#pragma once

#include <chrono>
#include <cstdint>

namespace mp::sim {

inline std::int64_t WallNanos() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch()
    )
        .count();
}

inline std::int64_t WallMillis() {
    return WallNanos() / 1'000'000;
}

// When contracts made now expire: the moment's day in so many days, at midnight.
inline std::int64_t DayAhead(int days) {
    constexpr std::int64_t kDayMs = 24 * 3600 * std::int64_t{1000};
    return (WallMillis() / kDayMs + days) * kDayMs;
}

}  // namespace mp::sim
