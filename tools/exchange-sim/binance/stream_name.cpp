#include "exchange-sim/binance/stream_name.hpp"

#include <array>
#include <utility>

#include "exchange-sim/text.hpp"

namespace mp::sim::binance {
namespace {

constexpr std::int64_t kSecondMs = 1000;
constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kDayMs = 24 * kHourMs;

constexpr std::array<std::pair<std::string_view, std::int64_t>, 16> kIntervals{{
    {"1s", kSecondMs},
    {"1m", kMinuteMs},
    {"3m", 3 * kMinuteMs},
    {"5m", 5 * kMinuteMs},
    {"15m", 15 * kMinuteMs},
    {"30m", 30 * kMinuteMs},
    {"1h", kHourMs},
    {"2h", 2 * kHourMs},
    {"4h", 4 * kHourMs},
    {"6h", 6 * kHourMs},
    {"8h", 8 * kHourMs},
    {"12h", 12 * kHourMs},
    {"1d", kDayMs},
    {"3d", 3 * kDayMs},
    {"1w", 7 * kDayMs},
    {"1M", 30 * kDayMs},
}};

bool ParsePartialDepth(std::string_view channel, StreamName& name) {
    name.fast = channel.ends_with("@100ms");
    if (name.fast) channel.remove_suffix(6);
    if (!ConsumePrefix(channel, "depth")) return false;
    name.levels = ParseNumber<int>(channel).value_or(0);
    name.channel = Channel::kPartialDepth;
    return name.levels == 5 || name.levels == 10 || name.levels == 20;
}

bool ParseChannel(std::string_view channel, StreamName& name) {
    constexpr std::array<std::pair<std::string_view, Channel>, 11> kPlain{{
        {"trade", Channel::kTrade},
        {"aggTrade", Channel::kAggTrade},
        {"depth", Channel::kDepth},
        {"depth@100ms", Channel::kDepth100ms},
        {"bookTicker", Channel::kBookTicker},
        {"ticker", Channel::kTicker},
        {"miniTicker", Channel::kMiniTicker},
        {"avgPrice", Channel::kOther},
        {"markPrice", Channel::kOther},
        {"markPrice@1s", Channel::kMarkPrice},
        {"forceOrder", Channel::kForceOrder},
    }};
    for (const auto& [text, value] : kPlain) {
        if (channel == text) return name.channel = value, true;
    }
    for (const std::string_view pace : {"0ms", "250ms", "500ms"}) {
        if (channel != Concat("depth@", pace)) continue;
        name.channel = Channel::kPacedDepth;
        name.interval = pace;
        return true;
    }
    if (channel.starts_with("kline_")) {
        name.channel = Channel::kKline;
        name.interval = channel.substr(6);
        const std::size_t zone = name.interval.find('@');
        return IntervalMillis(std::string_view(name.interval).substr(0, zone)) > 0;
    }
    if (channel.starts_with("ticker_") || channel == "blockTrade" || channel == "referencePrice" ||
        channel == "arr") {
        return true;
    }
    return ParsePartialDepth(channel, name);
}

}  // namespace

std::optional<StreamName> StreamName::Parse(std::string_view text) {
    const std::size_t at = text.find('@');
    if (at == 0 || at == std::string_view::npos) return std::nullopt;
    StreamName name;
    name.symbol = Upper(text.substr(0, at));
    if (!ParseChannel(text.substr(at + 1), name)) return std::nullopt;
    return name;
}

FrameKind KindOf(Channel channel) {
    switch (channel) {
        case Channel::kTrade:
        case Channel::kAggTrade:
            return FrameKind::kTrade;
        case Channel::kDepth:
        case Channel::kDepth100ms:
        case Channel::kPacedDepth:
            return FrameKind::kBookDelta;
        case Channel::kPartialDepth:
            return FrameKind::kBookTop;
        case Channel::kBookTicker:
            return FrameKind::kBbo;
        case Channel::kTicker:
        case Channel::kMiniTicker:
            return FrameKind::kTicker;
        case Channel::kKline:
            return FrameKind::kKline;
        case Channel::kMarkPrice:
            return FrameKind::kMarkPrice;
        case Channel::kForceOrder:
            return FrameKind::kLiquidation;
        case Channel::kOther:
            break;
    }
    return FrameKind::kOther;
}

std::int64_t IntervalMillis(std::string_view interval) {
    for (const auto& [text, millis] : kIntervals) {
        if (interval == text) return millis;
    }
    return 0;
}

}  // namespace mp::sim::binance
