#pragma once
// What many deltas together do to a book: of each price the last quantity counts. Ten thousand
// deltas touch the same few prices again and again, so the book is changed once for all of them.

#include <absl/container/flat_hash_map.h>
#include <span>
#include <vector>

#include "model/event.hpp"
#include "model/order_book.hpp"

namespace mp::storage {

class LevelChanges {
  public:
    void Add(const model::BookDelta& delta) {
        Add(delta.bids, bids_);
        Add(delta.asks, asks_);
    }

    // Applies everything and starts anew.
    void ApplyTo(model::OrderBook& book);

  private:
    struct Price {
        Decimal value;

        friend bool operator==(const Price&, const Price&) = default;
        template <typename H>
        friend H AbslHashValue(H state, const Price& price) {
            return H::combine(std::move(state), price.value.mantissa, price.value.scale);
        }
    };
    using Side = absl::flat_hash_map<Price, Decimal>;

    static void Add(std::span<const model::Level> levels, Side& side) {
        for (const model::Level& level : levels) side[Price{level.price}] = level.quantity;
    }

    Side bids_;
    Side asks_;
};

}  // namespace mp::storage
