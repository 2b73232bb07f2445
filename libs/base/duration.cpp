#include "base/duration.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace mp {
namespace {

// Longest unit first, as FormatDuration wants it.
constexpr std::array<std::pair<std::string_view, int64_t>, 7> kUnits{{
    {"d", 86'400'000'000'000},
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"ns", 1},
}};

}  // namespace

Result<Duration> ParseDuration(std::string_view text) {
    int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
    if (error == std::errc{} && count >= 0) {
        for (const auto& [name, nanos] : kUnits) {
            if (unit != name) continue;
            if (count > std::numeric_limits<int64_t>::max() / nanos) break;
            return Duration{count * nanos};
        }
    }
    return absl::InvalidArgumentError(
        "not a duration such as 250ms, 1s, 15m, 1h or 7d: " + std::string(text.substr(0, 40))
    );
}

std::string FormatDuration(Duration duration) {
    if (duration.count() == 0) return "0s";
    for (const auto& [name, nanos] : kUnits) {
        if (duration.count() % nanos == 0) {
            return std::to_string(duration.count() / nanos) + std::string(name);
        }
    }
    return std::to_string(duration.count()) + "ns";
}

}  // namespace mp
