#pragma once
// Bars that are full after so many trades, or after so much of the base currency, whatever time
// that takes. They are counted from the first trade of each UTC day: where a bar begins depends on
// its day alone, not on who asks for what. The last bar of a day holds what is left.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/decimal.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "model/candle.hpp"
#include "model/interval_set.hpp"
#include "model/trade_bar.hpp"

namespace mp::model {

// "<n>t" ("100t"): n trades, 1 to 1,000,000,000. "<x>v" ("0.5v" "1000v"): x or more of the base
// currency, a decimal above 0. A value; thread-safe.
class CountInterval {
  public:
    static Result<CountInterval> Parse(std::string_view text);

    bool by_volume() const { return trades_ == 0; }
    bool IsFull(const TradeBar& bar) const;
    // Canonical: equal for equal intervals.
    std::string ToString() const;

    friend bool operator==(const CountInterval&, const CountInterval&) = default;

  private:
    CountInterval(uint64_t trades, Decimal volume) : trades_(trades), volume_(volume) {}

    uint64_t trades_;  // 0: by volume
    Decimal volume_;
};

// A bar of any kind, by its text.
using BarInterval = std::variant<CandleInterval, CountInterval>;
Result<BarInterval> ParseBarInterval(std::string_view text);

struct CountedBar {
    Candle candle;    // open_time: the first trade's, close_time: the instant behind the last one
    Interval needed;  // nothing else is in the bar where all trades of this time are known
};

// Counts one day's trades after the other, in the order of their series. Not thread-safe.
//
// A trade is never split: the one that fills a bar belongs to it whole, and the next bar begins at
// 0. So sums, prices and numbers of trades stay exact.
class CountBarBuilder {
  public:
    explicit CountBarBuilder(CountInterval interval) : interval_(interval) {}

    // As if the bars before `number` of the day of `counted_to` had been counted, to that instant.
    void Resume(uint64_t number, Nanos counted_to);

    // No bar is begun.
    bool empty() const { return bar_.trade_count() == 0; }
    bool full() const { return interval_.IsFull(bar_); }
    // The bar begun is of another day, and so holds what is left of that.
    bool IsOver(Nanos order_ts) const { return !empty() && order_ts >= day_.to; }
    // Number of the bar begun, or of the next one in the day counted last.
    uint64_t number() const { return number_; }

    // The bar begun is neither full nor over. InvalidArgument "interval: ..." where volume counts
    // and the trade does not say its base quantity, OutOfRange where a sum needs more than 128
    // bits.
    Status Add(Nanos order_ts, const Trade& trade);

    // The bar begun; there is one.
    CountedBar Finish();

  private:
    CountInterval interval_;
    Interval day_;
    uint64_t number_ = 0;
    Nanos counted_to_ = 0;  // end of the bar before
    TradeBar bar_;
    Nanos open_time_ = 0;
    Nanos close_time_ = 0;
};

}  // namespace mp::model
