#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exchange-sim/frame.hpp"

namespace mp::sim::binance {

enum class Channel {
    kTrade,
    kAggTrade,
    kDepth,         // <s>@depth: once a second
    kDepth100ms,    // <s>@depth@100ms
    kPacedDepth,    // contracts: <s>@depth@{0,250,500}ms
    kPartialDepth,  // <s>@depth5 ... @depth20[@100ms]
    kBookTicker,
    kTicker,
    kMiniTicker,
    kKline,
    kMarkPrice,   // contracts: <s>@markPrice@1s
    kForceOrder,  // contracts
    kOther        // well formed, never served
};

// A stream such as btcusdt@kline_1m.
struct StreamName {
    std::string symbol;  // upper case, as in payloads
    Channel channel = Channel::kOther;
    std::string interval;  // of a kline; of a paced depth: 0ms, 250ms, 500ms
    int levels = 0;        // partial depth
    bool fast = false;     // partial depth at 100 ms

    static std::optional<StreamName> Parse(std::string_view text);
};

FrameKind KindOf(Channel channel);

// Length of a kline interval in ms; 0 for one that does not exist. A month counts 30 days.
std::int64_t IntervalMillis(std::string_view interval);

}  // namespace mp::sim::binance
