#pragma once
// Walks a gap in a series of trades page by page, from a trade before it to one behind it, and says
// what is proven: as long as the numbers are consecutive nothing is missing in between. Pure.

#include <cstdint>
#include <span>
#include <vector>

#include "collector/coverage/finding.hpp"
#include "collector/venues/history.hpp"
#include "model/interval_set.hpp"

namespace mp::collector {

class TradeWalk {
  public:
    // Where to begin: with a trade that is believed to lie before the gap, or with the first one
    // ever, before which there is none.
    struct Start {
        uint64_t number = 0;
        bool first_ever = false;
    };
    TradeWalk(model::Interval gap, Start start)
        : gap_(gap),
          next_(start.number),
          anchored_(start.first_ever),
          from_id_(start.number),
          decided_to_(gap.from) {}

    // The number that the next page begins with.
    uint64_t next() const { return next_; }
    bool done() const { return decided_to_ >= gap_.to; }
    // Everything in the gap before this is decided.
    Nanos decided_to() const { return decided_to_; }

    // Takes a page of trades, ascending. `newest`: the venue has none behind them, as of
    // `asked_at`. Appends what of them lies in the gap, and what is decided by it.
    void Take(
        std::span<const PastTrade> page,
        bool newest,
        Nanos asked_at,
        std::vector<model::Event>& events,
        Findings& findings
    );

  private:
    bool StepBack();
    void TakeTrade(const PastTrade& trade, std::vector<model::Event>& events, Findings& findings);
    void Hole(const PastTrade& behind, Findings& findings);
    void Repair(Nanos to, uint64_t last_id, Findings& findings);

    const model::Interval gap_;
    uint64_t next_;
    int steps_back_ = 0;
    bool anchored_ = false;    // a trade before what is not decided yet was seen
    Nanos last_ts_ = 0;        // of the last trade seen
    uint64_t earlier_id_ = 0;  // the last one of an earlier instant than last_ts_
    uint64_t before_end_ = 0;  // the last one before the gap's end
    uint64_t from_id_ = 0;     // the first one that is not claimed yet
    Nanos decided_to_;
};

}  // namespace mp::collector
