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

}  // namespace mp::sim
