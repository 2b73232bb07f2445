#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exchange-sim/frame.hpp"

namespace mp::sim::okx {

// A channel of the exchange.
struct Channel {
    std::string_view name;
    FrameKind kind = FrameKind::kOther;
    std::string_view data_type;  // a collector's word for it; empty: it asks for no such
    bool business = false;       // at /ws/v5/business, else at /ws/v5/public
    std::size_t depth = 0;       // of books: levels a side
};

// Null where there is none of that name.
const Channel* FindChannel(std::string_view name);

// Streams are called "books:BTC-USDT", or "liquidation-orders:SWAP" where they are of many
// instruments.
std::string StreamName(std::string_view channel, std::string_view what);

// "1m" of "candle1m"; empty where a collector knows no such interval (bars that open in Hong Kong).
std::string IntervalOf(std::string_view candle_channel);

// Length of a candle channel's bars in ms; 0 for one that is not generated.
std::int64_t BarMillis(std::string_view candle_channel);

}  // namespace mp::sim::okx
