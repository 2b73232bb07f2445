#include "exchange-sim/okx/channel.hpp"

#include <algorithm>
#include <array>

#include "exchange-sim/text.hpp"

namespace mp::sim::okx {
namespace {

constexpr std::array<Channel, 17> kChannels{{
    {"trades", FrameKind::kTrade, "trade", false, 0},
    {"trades-all", FrameKind::kTrade, "trade", true, 0},
    {"books", FrameKind::kBookDelta, "book_delta", false, 400},
    {"books-l2-tbt", FrameKind::kBookDelta, "book_delta", false, 400},
    {"books50-l2-tbt", FrameKind::kBookDelta, "book_delta", false, 50},
    {"books5", FrameKind::kBookTop, "", false, 5},
    {"bbo-tbt", FrameKind::kBbo, "bbo", false, 1},
    {"tickers", FrameKind::kTicker, "ticker", false, 0},
    {"mark-price", FrameKind::kMarkPrice, "mark_price", false, 0},
    {"index-tickers", FrameKind::kOther, "", false, 0},
    {"funding-rate", FrameKind::kFundingRate, "funding_rate", false, 0},
    {"open-interest", FrameKind::kOpenInterest, "open_interest", false, 0},
    {"liquidation-orders", FrameKind::kLiquidation, "liquidation", false, 0},
    {"instruments", FrameKind::kOther, "", false, 0},
    {"price-limit", FrameKind::kOther, "", false, 0},
    {"estimated-price", FrameKind::kOther, "", false, 0},
    {"opt-summary", FrameKind::kOther, "", false, 0},
}};

constexpr Channel kCandle{"candle", FrameKind::kKline, "kline", true, 0};
constexpr Channel kOtherCandle{"candle", FrameKind::kOther, "", true, 0};

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;

struct Bar {
    std::string_view channel;
    std::string_view interval;
    std::int64_t millis;
};

constexpr std::array<Bar, 12> kBars{{
    {"candle1s", "1s", 1000},
    {"candle1m", "1m", kMinute},
    {"candle3m", "3m", 3 * kMinute},
    {"candle5m", "5m", 5 * kMinute},
    {"candle15m", "15m", 15 * kMinute},
    {"candle30m", "30m", 30 * kMinute},
    {"candle1H", "1h", kHour},
    {"candle2H", "2h", 2 * kHour},
    {"candle4H", "4h", 4 * kHour},
    {"candle6Hutc", "6h", 6 * kHour},
    {"candle12Hutc", "12h", 12 * kHour},
    {"candle1Dutc", "1d", 24 * kHour},
}};

const Bar* FindBar(std::string_view channel) {
    const auto found = std::ranges::find(kBars, channel, &Bar::channel);
    return found == kBars.end() ? nullptr : found;
}

}  // namespace

const Channel* FindChannel(std::string_view name) {
    if (name.starts_with("candle")) return &kCandle;
    if (name.starts_with("mark-price-candle") || name.starts_with("index-candle")) {
        return &kOtherCandle;
    }
    const auto found = std::ranges::find(kChannels, name, &Channel::name);
    return found == kChannels.end() ? nullptr : found;
}

std::string StreamName(std::string_view channel, std::string_view what) {
    return Concat(channel, ":", what);
}

std::string IntervalOf(std::string_view candle_channel) {
    const Bar* bar = FindBar(candle_channel);
    return bar == nullptr ? "" : std::string(bar->interval);
}

std::int64_t BarMillis(std::string_view candle_channel) {
    const Bar* bar = FindBar(candle_channel);
    return bar == nullptr ? 0 : bar->millis;
}

}  // namespace mp::sim::okx
