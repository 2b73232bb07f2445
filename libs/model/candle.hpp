#pragma once
// Bars computed from trades: the same digits whatever engine the trades came from.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "model/event.hpp"
#include "model/exact_sum.hpp"

namespace mp::model {

// "<n>s|m|h|d|w|M" ("1s" "15m" "1w" "1M"), n from 1, up to 100 years. Bars are aligned in UTC: to
// the epoch, weeks to Monday (1970-01-05), months to the calendar (January 1970). A value;
// thread-safe.
class CandleInterval {
  public:
    static Result<CandleInterval> Parse(std::string_view text);

    Nanos OpenOf(Nanos time) const;   // when the bar that holds `time` opens
    Nanos CloseOf(Nanos time) const;  // when it closes: the next one's opening
    std::string ToString() const;

    friend bool operator==(const CandleInterval&, const CandleInterval&) = default;

  private:
    CandleInterval(int64_t count, char unit) : count_(count), unit_(unit) {}

    int64_t count_;
    char unit_;
};

// The texts are those of Candle in query.proto.
struct Candle {
    Nanos open_time = 0;
    Nanos close_time = 0;  // exclusive
    Decimal open;
    Decimal high;
    Decimal low;
    Decimal close;
    std::string volume;
    std::string quote_volume;
    std::string vwap;
    uint64_t trade_count = 0;

    friend bool operator==(const Candle&, const Candle&) = default;
};

// Turns a series' trades, in its order, into bars. Empty bars are left out. Not thread-safe.
//
// volume counts base_quantity where a trade has it, else quantity. quote_volume is the exact sum of
// price times that where it counts the base currency, the sum of quantity where quantity counts the
// quote currency, and empty where contracts tell neither. vwap is weighted by volume, rounded
// half-even to 12 decimals.
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
        Decimal open, high, low, close;
        ExactSum volume;
        ExactSum turnover;  // price times what volume counts
        ExactSum quote;
        bool quote_known = true;
        uint64_t trade_count = 0;
    };

    Status AddToBar(const Trade& trade, Bar& bar) const;

    CandleInterval interval_;
    std::optional<Bar> bar_;
};

}  // namespace mp::model
