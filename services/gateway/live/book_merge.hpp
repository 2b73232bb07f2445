#pragma once
// Several book deltas as one: the newest quantity of every level, the first id of the first and the
// last id of the last, so that who applies it stands where applying them one by one would have led,
// and the rule of the venue's sequence holds. Not thread-safe.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/decimal.hpp"
#include "model/event.hpp"
#include "wire/event_codec.hpp"

namespace mp::gateway {

class BookMerge {
  public:
    // From the bytes of a delta; null for a piece of a split one, and for what is none.
    static std::unique_ptr<BookMerge> Begin(std::string_view event);

    // False where the delta does not follow right behind (a hole must stay visible), belongs to
    // another epoch or is a piece: nothing has changed then.
    bool Append(std::string_view event);

    // The bytes of one event, with the times of the last.
    std::string Encode() const;

  private:
    BookMerge() = default;

    void Take(const model::BookDelta& delta);

    wire::EventDecoder decoder_;
    model::Event event_;    // its delta's ids, its sides empty
    model::BookDelta ids_;  // of the merged one
    std::map<Decimal, Decimal, std::greater<>> bids_;
    std::map<Decimal, Decimal> asks_;
};

}  // namespace mp::gateway
