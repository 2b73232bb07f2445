#include "exchange-sim/bybit/topic.hpp"

#include <algorithm>
#include <array>

#include "exchange-sim/text.hpp"

namespace mp::sim::bybit {
namespace {

constexpr std::int64_t kMinute = 60'000;

struct Bar {
    std::string_view name;
    std::string_view interval;
    std::int64_t millis;
};

constexpr std::array<Bar, 13> kBars{{
    {"1", "1m", kMinute},
    {"3", "3m", 3 * kMinute},
    {"5", "5m", 5 * kMinute},
    {"15", "15m", 15 * kMinute},
    {"30", "30m", 30 * kMinute},
    {"60", "1h", 60 * kMinute},
    {"120", "2h", 120 * kMinute},
    {"240", "4h", 240 * kMinute},
    {"360", "6h", 360 * kMinute},
    {"720", "12h", 720 * kMinute},
    {"D", "1d", 1440 * kMinute},
    {"W", "1w", 0},
    {"M", "1M", 0},
}};

const Bar* FindBar(std::string_view name) {
    const auto found = std::ranges::find(kBars, name, &Bar::name);
    return found == kBars.end() ? nullptr : found;
}

}  // namespace

std::optional<Topic> ParseTopic(std::string_view name) {
    const auto parts = Split(name, '.');
    Topic topic;
    if (parts.size() == 3 && parts[0] == "orderbook") {
        const auto depth = ParseNumber<std::size_t>(parts[1]);
        constexpr std::array<std::size_t, 5> kDepths{1, 50, 200, 500, 1000};
        if (!depth || std::ranges::find(kDepths, *depth) == kDepths.end()) return std::nullopt;
        topic.depth = *depth;
        topic.kind = *depth == 1 ? FrameKind::kBbo : FrameKind::kBookDelta;
    } else if (parts.size() == 3 && parts[0] == "kline") {
        topic.interval = parts[1];
        topic.kind = FrameKind::kKline;
        if (FindBar(parts[1]) == nullptr) return std::nullopt;
    } else if (parts.size() == 2) {
        if (parts[0] == "publicTrade") topic.kind = FrameKind::kTrade;
        if (parts[0] == "tickers") topic.kind = FrameKind::kTicker;
        if (parts[0] == "allLiquidation") topic.kind = FrameKind::kLiquidation;
        if (topic.kind == FrameKind::kOther) return std::nullopt;
    } else {
        return std::nullopt;
    }
    topic.symbol = parts.back();
    return topic;
}

std::string Qualified(std::string_view category, std::string_view name) {
    return Concat(category, ":", name);
}

std::string_view Plain(std::string_view qualified) {
    const std::size_t colon = qualified.find(':');
    return colon == std::string_view::npos ? qualified : qualified.substr(colon + 1);
}

std::string_view CategoryOf(std::string_view qualified) {
    return qualified.substr(0, std::min(qualified.find(':'), qualified.size()));
}

std::string IntervalOf(std::string_view interval) {
    const Bar* bar = FindBar(interval);
    return bar == nullptr ? "" : std::string(bar->interval);
}

std::int64_t BarMillis(std::string_view interval) {
    const Bar* bar = FindBar(interval);
    return bar == nullptr ? 0 : bar->millis;
}

}  // namespace mp::sim::bybit
