#pragma once
// One bar in the making: what its trades add up to, and the finished bar.

#include <cstdint>
#include <optional>
#include <string>

#include "base/decimal.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "model/event.hpp"
#include "model/exact_sum.hpp"

namespace mp::model {

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
    std::optional<uint64_t> number = std::nullopt;  // in its day, where bars are counted
    bool complete = false;                          // for whoever knows the coverage to say

    friend bool operator==(const Candle&, const Candle&) = default;
};

// volume counts base_quantity where a trade has it, else quantity. quote_volume is the exact sum of
// price times that where it counts the base currency, the sum of quantity where quantity counts the
// quote currency, and empty where contracts tell neither. vwap is weighted by volume, rounded
// half-even to 12 decimals. Not thread-safe.
class TradeBar {
  public:
    // OutOfRange where a sum needs more than 128 bits; the bar is then as before.
    Status Add(const Trade& trade);

    uint64_t trade_count() const { return trade_count_; }
    const ExactSum& volume() const { return volume_; }

    // At least one trade has been added.
    Candle ToCandle(Nanos open_time, Nanos close_time) const;

  private:
    Decimal open_, high_, low_, close_;
    ExactSum volume_;
    ExactSum turnover_;  // price times what volume counts
    ExactSum quote_;
    bool quote_known_ = true;
    uint64_t trade_count_ = 0;
};

// Whether the trade says exactly how much of the base currency it moved.
constexpr bool CountsBase(const Trade& trade) {
    return trade.base_quantity || trade.quantity_unit == QuantityUnit::kBase;
}

}  // namespace mp::model
