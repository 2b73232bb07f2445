#include "exchange-sim/candles.hpp"

#include <algorithm>

#include "exchange-sim/decimal_text.hpp"

namespace mp::sim {
namespace {

Candle Flat(std::int64_t open_ms, std::int64_t price) {
    Candle candle;
    candle.open_ms = open_ms;
    candle.open = candle.high = candle.low = candle.close = price;
    return candle;
}

}  // namespace

void Candle::Add(
    std::int64_t id, std::int64_t price, std::int64_t quantity, std::int64_t quote, bool taker_buys
) {
    if (trades == 0) {
        open = high = low = price;
        first_id = id;
    }
    high = std::max(high, price);
    low = std::min(low, price);
    close = price;
    last_id = id;
    ++trades;
    volume += quantity;
    quote_volume += quote;
    if (!taker_buys) return;
    taker_volume += quantity;
    taker_quote_volume += quote;
}

void Candle::Add(const Candle& later) {
    if (later.trades == 0) return;
    if (trades == 0) {
        const std::int64_t begin = open_ms;
        *this = later;
        open_ms = begin;
        return;
    }
    high = std::max(high, later.high);
    low = std::min(low, later.low);
    close = later.close;
    last_id = later.last_id;
    trades += later.trades;
    volume += later.volume;
    quote_volume += later.quote_volume;
    taker_volume += later.taker_volume;
    taker_quote_volume += later.taker_quote_volume;
}

std::int64_t IntervalStart(std::int64_t time_ms, std::int64_t interval_ms) {
    constexpr std::int64_t kDay = 24 * 3600 * 1000;
    // 1970-01-01 was a Thursday.
    const std::int64_t shift = interval_ms == 7 * kDay ? 4 * kDay : 0;
    return (time_ms - shift) / interval_ms * interval_ms + shift;
}

void CandleSeries::Append(const Candle& candle) {
    candles_.push_back(candle);
    if (candles_.size() > capacity_) candles_.pop_front();
}

void CandleSeries::Extend(std::int64_t time_ms) {
    const std::int64_t wanted = IntervalStart(time_ms, interval_ms_);
    if (candles_.empty()) return;
    while (candles_.back().open_ms < wanted) {
        Append(Flat(candles_.back().open_ms + interval_ms_, candles_.back().close));
    }
}

void CandleSeries::AddTrade(
    std::int64_t time_ms,
    std::int64_t id,
    std::int64_t price,
    std::int64_t quantity,
    bool taker_buys
) {
    if (candles_.empty()) Append(Flat(IntervalStart(time_ms, interval_ms_), price));
    Extend(time_ms);
    const std::int64_t quote = inverse_ ? DivideE8(quantity, price) : MultiplyE8(price, quantity);
    candles_.back().Add(id, price, quantity, quote, taker_buys);
}

Candle CandleSeries::Fold(std::int64_t open_ms, std::int64_t interval_ms) const {
    auto at = std::ranges::lower_bound(candles_, open_ms, {}, &Candle::open_ms);
    const bool beyond = at == candles_.end();
    Candle folded = Flat(open_ms, 0);
    if (!beyond) {
        folded = Flat(open_ms, at->open);
    } else if (!candles_.empty()) {
        folded = Flat(open_ms, candles_.back().close);
    }
    for (; at != candles_.end() && at->open_ms < open_ms + interval_ms; ++at) folded.Add(*at);
    return folded;
}

}  // namespace mp::sim
