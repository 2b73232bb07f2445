#pragma once
// How long one attempt at a task may take.

#include <chrono>

#include "base/status.hpp"

namespace mp::tasks {

inline constexpr std::chrono::milliseconds kMinTimeout{1};
inline constexpr std::chrono::milliseconds kMaxTimeout = std::chrono::hours(30 * 24);

inline Status CheckTimeout(std::chrono::milliseconds timeout) {
    if (kMinTimeout <= timeout && timeout <= kMaxTimeout) return OkStatus();
    return absl::InvalidArgumentError("must lie between 1ms and 30d");
}

}  // namespace mp::tasks
