// Times, durations and candle intervals as people write them.
#include "base/duration.hpp"
#include "base/time.hpp"
#include "fuzz.hpp"
#include "model/candle.hpp"

namespace mp::fuzz {

std::vector<std::string> Seeds() {
    return {
        "2024-08-08T23:54:15.208000000Z",
        "1969-12-31T23:59:59.9+05:30",
        "1723161255343",
        "-9223372036854775808",
        "250ms",
        "7d",
        "9223372036854775807ns",
        "1m",
        "1w",
    };
}

void Try(std::string_view input) {
    if (const auto time = ParseTime(input); time.ok()) {
        const auto again = ParseTime(FormatTime(*time));
        Require(again.ok() && *again == *time, "a time survives its text");
    }
    if (const auto duration = ParseDuration(input); duration.ok()) {
        Require(duration->count() >= 0, "durations are not negative");
        const auto again = ParseDuration(FormatDuration(*duration));
        Require(again.ok() && *again == *duration, "a duration survives its text");
    }
    model::CandleInterval::Parse(input).status().IgnoreError();
}

}  // namespace mp::fuzz
