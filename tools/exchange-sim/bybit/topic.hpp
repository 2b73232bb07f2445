#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exchange-sim/frame.hpp"

namespace mp::sim::bybit {

// A topic such as orderbook.200.BTCUSDT taken apart; views into its name.
struct Topic {
    FrameKind kind = FrameKind::kOther;
    std::string_view symbol;
    std::size_t depth = 0;      // of books: levels a side
    std::string_view interval;  // of klines: 1, 60, D
};

// Nothing for a name that is no topic.
std::optional<Topic> ParseTopic(std::string_view name);

// Spot and contracts share names: streams and symbols are called "spot:orderbook.50.BTCUSDT" and
// "spot:BTCUSDT".
std::string Qualified(std::string_view category, std::string_view name);
// Without the category.
std::string_view Plain(std::string_view qualified);
std::string_view CategoryOf(std::string_view qualified);

// "1m" of the interval 1; empty where there is none such.
std::string IntervalOf(std::string_view interval);
// Length of bars in ms; 0 where none are generated.
std::int64_t BarMillis(std::string_view interval);

}  // namespace mp::sim::bybit
