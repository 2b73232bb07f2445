#pragma once
// One instrument's order book: absolute quantities by price, exact decimals.
//
// Each side is one contiguous sorted vector with the best level at the END, where nearly all
// changes happen. Not thread-safe. Sequence rules (what may be applied when) belong to the venue,
// not here.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/event.hpp"

namespace mp::model {

class OrderBook {
  public:
    // Replaces everything. Levels may come in any order (best first is fastest); of a repeated
    // price the last counts; quantities of 0 are left out. Of a split snapshot the first part
    // resets, the others are applied.
    void Reset(const BookSnapshot& snapshot);
    void Reset(std::span<const Level> bids, std::span<const Level> asks);

    // Sets the quantity of each price; 0 removes it. Removing a level that is not held is normal
    // where snapshots are cut; it is counted and changes nothing.
    void Apply(const BookDelta& delta) { Apply(delta.bids, delta.asks); }
    void Apply(std::span<const Level> bids, std::span<const Level> asks);

    void Clear();

    // Best level LAST. Valid until the next change.
    std::span<const Level> bids() const { return bids_; }
    std::span<const Level> asks() const { return asks_; }
    const Level* best_bid() const { return bids_.empty() ? nullptr : &bids_.back(); }
    const Level* best_ask() const { return asks_.empty() ? nullptr : &asks_.back(); }

    // The first `depth` levels of a side (0: all), best FIRST, into reused vectors.
    void Top(size_t depth, std::vector<Level>& bids, std::vector<Level>& asks) const;

    // Best bid at or above best ask: something was missed.
    bool crossed() const;

    // Beyond these prices the snapshot was cut, so levels may be missing there (those that deltas
    // brought are held nevertheless). Absent: the whole book is known.
    const std::optional<Decimal>& known_bid_to() const { return known_bid_to_; }
    const std::optional<Decimal>& known_ask_to() const { return known_ask_to_; }

    uint64_t unknown_removals() const { return unknown_removals_; }

  private:
    std::vector<Level> bids_;
    std::vector<Level> asks_;
    std::optional<Decimal> known_bid_to_;
    std::optional<Decimal> known_ask_to_;
    uint64_t unknown_removals_ = 0;
};

}  // namespace mp::model
