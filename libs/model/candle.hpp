#pragma once
// Bars computed from trades: the same digits whatever engine the trades came from.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "model/event.hpp"
#include "model/trade_bar.hpp"

namespace mp::model {

// "<n>s|m|h|d|w|M" ("1s" "15m" "1w" "1M"), n from 1, up to 100 years. Bars are aligned in UTC: to
// the epoch, weeks to Monday (1970-01-05), months to the calendar (January 1970). A value;
// thread-safe.
class CandleInterval {
  public:
    static Result<CandleInterval> Parse(std::string_view text);
    static CandleInterval OneDay() { return {1, 'd'}; }

    Nanos OpenOf(Nanos time) const;   // when the bar that holds `time` opens
    Nanos CloseOf(Nanos time) const;  // when it closes: the next one's opening
    std::string ToString() const;

    friend bool operator==(const CandleInterval&, const CandleInterval&) = default;

  private:
    CandleInterval(int64_t count, char unit) : count_(count), unit_(unit) {}

    int64_t count_;
    char unit_;
};

// Turns a series' trades, in its order, into bars. Empty bars are left out. Not thread-safe.
class CandleBuilder {
  public:
    explicit CandleBuilder(CandleInterval interval) : interval_(interval) {}

    // Appends to `out` the bar that the trade ends, if any. OutOfRange where a sum needs more than
    // 128 bits, FailedPrecondition for a trade before the current bar; both leave the builder as it
    // was.
    Status Add(Nanos order_ts, const Trade& trade, std::vector<Candle>& out);

    // Appends the bar begun, if any; the builder is then empty.
    void Finish(std::vector<Candle>& out);

  private:
    struct Bar {
        Nanos open_time = 0;
        Nanos close_time = 0;
        TradeBar sums;
    };

    CandleInterval interval_;
    std::optional<Bar> bar_;
};

}  // namespace mp::model
