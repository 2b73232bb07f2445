#pragma once
// Of the bars of one instrument and interval: which may have changed, and what a subscriber was
// given of them. Bounded, whatever arrives late. Pure; not thread-safe. Times are order_ts.

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "base/time.hpp"
#include "marketprism/v1/query.pb.h"
#include "model/count_bar.hpp"

namespace mp::gateway {

class CandleMarks {
  public:
    explicit CandleMarks(model::BarInterval interval) : interval_(interval) {}

    // A trade came: its bar, and of counted bars all behind it of that day, may have changed.
    void Touch(Nanos order_ts) { Change({order_ts, order_ts + 1}); }
    // Trades of this time came or went.
    void Change(model::Interval time);
    // This time is claimed complete, or repaired: bars that wait for it may be final now.
    void Claim(model::Interval time, bool repaired);
    // Something of this time is missing: bars that were given may be final no longer.
    void Doubt(model::Interval time);
    // Bars that should be final by now, and are not: perhaps a claim was not stored in time.
    void Recheck(Nanos now);

    bool empty() const { return changed_.empty(); }
    // What to ask for next: bars that open in it. Whole bars; what changes from now on is marked
    // anew.
    std::optional<model::Interval> Take();

    // How often the bar has been given with this, the first time included; nothing where it is what
    // was given last.
    std::optional<uint64_t> Give(const marketprism::v1::Candle& bar);

  private:
    static constexpr size_t kMaxRanges = 64;     // beyond it they are joined
    static constexpr size_t kMaxGiven = 10'000;  // the newest ones

    // Bars of time by their opening, counted ones by day and number.
    struct Key {
        Nanos time = 0;
        uint64_t number = 0;
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    struct Given {
        model::Interval time;
        uint64_t hash = 0;
        uint64_t revision = 0;
        bool final = false;
    };

    bool counted() const { return std::holds_alternative<model::CountInterval>(interval_); }
    Key KeyOf(const marketprism::v1::Candle& bar) const;
    model::Interval BarsOf(model::Interval time) const;
    Nanos FirstOfDay(Nanos time) const;
    void Add(model::Interval bars);

    const model::BarInterval interval_;
    std::map<Nanos, Nanos> changed_;  // from -> to, apart from each other
    std::map<Key, Given> given_;
    std::set<Key> open_;  // of `given_`, those that are not final
    Nanos claimed_to_ = INT64_MIN;
};

}  // namespace mp::gateway
