#pragma once
// Durations as configuration writes them: "250ms" "1s" "15m" "1h" "7d".

#include <chrono>
#include <string>
#include <string_view>

#include "base/status.hpp"

namespace mp {

using Duration = std::chrono::nanoseconds;

// A non-negative integer and a unit: ns us ms s m h d.
Result<Duration> ParseDuration(std::string_view text);

// The shortest exact form: "1500ms", "1h".
std::string FormatDuration(Duration duration);

}  // namespace mp
