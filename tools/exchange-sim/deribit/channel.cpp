#include "exchange-sim/deribit/channel.hpp"

#include <algorithm>
#include <array>

#include "exchange-sim/text.hpp"

namespace mp::sim::deribit {
namespace {

constexpr std::int64_t kMinute = 60'000;

struct Bar {
    std::string_view resolution;
    std::string_view interval;
    std::int64_t millis;
};

constexpr std::array<Bar, 11> kBars{{
    {"1", "1m", kMinute},
    {"3", "3m", 3 * kMinute},
    {"5", "5m", 5 * kMinute},
    {"10", "", 10 * kMinute},
    {"15", "15m", 15 * kMinute},
    {"30", "30m", 30 * kMinute},
    {"60", "1h", 60 * kMinute},
    {"120", "2h", 120 * kMinute},
    {"360", "6h", 360 * kMinute},
    {"720", "12h", 720 * kMinute},
    {"1D", "1d", 1440 * kMinute},
}};

const Bar* FindBar(std::string_view resolution) {
    const auto found = std::ranges::find(kBars, resolution, &Bar::resolution);
    return found == kBars.end() ? nullptr : found;
}

bool IsPace(std::string_view text) {
    return text == "raw" || text == "100ms" || text == "agg2";
}

}  // namespace

std::optional<Channel> ParseChannel(std::string_view name) {
    const auto parts = Split(name, '.');
    if (parts.size() < 2) return name == "platform_state" ? std::optional(Channel{}) : std::nullopt;
    Channel channel;
    channel.symbol = parts[1];
    if (parts[0] == "chart" && parts.size() == 4 && parts[1] == "trades") {
        channel.symbol = parts[2];
        channel.resolution = parts[3];
        channel.kind = FrameKind::kKline;
        return FindBar(parts[3]) == nullptr ? std::nullopt : std::optional(channel);
    }
    if (parts[0] == "quote" && parts.size() == 2) {
        channel.kind = FrameKind::kBbo;
        return channel;
    }
    const bool paced = IsPace(parts.back());
    if (paced) channel.pace = parts.back();
    if (parts.size() == 3 && paced) {
        if (parts[0] == "trades") channel.kind = FrameKind::kTrade;
        if (parts[0] == "book") channel.kind = FrameKind::kBookDelta;
        if (parts[0] == "ticker") channel.kind = FrameKind::kTicker;
        if (channel.kind != FrameKind::kOther || parts[0] == "perpetual") return channel;
        return std::nullopt;
    }
    if (parts[0] == "book" && parts.size() == 5 && paced) {
        channel.kind = FrameKind::kBookTop;
        return channel;
    }
    for (const char* other :
         {"trades",
          "instrument",
          "deribit_price_index",
          "deribit_volatility_index",
          "estimated_expiration_price",
          "markprice",
          "platform_state"}) {
        if (parts[0] != other) continue;
        channel.symbol = {};
        return channel;
    }
    return std::nullopt;
}

std::string IntervalOf(std::string_view resolution) {
    const Bar* bar = FindBar(resolution);
    return bar == nullptr ? "" : std::string(bar->interval);
}

std::int64_t BarMillis(std::string_view resolution) {
    const Bar* bar = FindBar(resolution);
    return bar == nullptr ? 0 : bar->millis;
}

}  // namespace mp::sim::deribit
