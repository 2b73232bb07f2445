#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exchange-sim/frame.hpp"

namespace mp::sim::deribit {

// A channel such as book.BTC-PERPETUAL.100ms taken apart; views into its name.
struct Channel {
    FrameKind kind = FrameKind::kOther;
    std::string_view symbol;      // empty where it is of no one instrument
    std::string_view pace;        // raw, 100ms, agg2
    std::string_view resolution;  // of charts: 1, 60, 1D

    // Only for who is logged in.
    bool raw() const { return pace == "raw"; }
};

// Nothing for a name that is no channel.
std::optional<Channel> ParseChannel(std::string_view name);

// "1m" of the resolution 1; empty where there is none such.
std::string IntervalOf(std::string_view resolution);
// Length of a chart's bars in ms; 0 where there is none such.
std::int64_t BarMillis(std::string_view resolution);

}  // namespace mp::sim::deribit
