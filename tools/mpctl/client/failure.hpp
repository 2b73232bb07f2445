#pragma once
// How a command that failed is told: to people in words that say what to do, to programs by the
// exit code.

#include <string>

#include "base/status.hpp"

namespace mp::mpctl {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;        // bad flags, or a parameter that the gateway refused
inline constexpr int kExitUnreachable = 3;  // nobody answers at the gateway's address

// The status of a request that got no answer.
Status Unreachable(const std::string& url, const Status& reason);
bool IsUnreachable(const Status& status);

int ExitCodeOf(const Status& failure);

// What is wrong, and in a second line what to do about it where that is known.
std::string Explain(const Status& failure);

}  // namespace mp::mpctl
