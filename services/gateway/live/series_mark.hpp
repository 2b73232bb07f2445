#pragma once
// How far a subscriber has got in one series, small enough for a token: the instant of the newest
// event given, and which events of that very instant were. A series arrives in the order of its
// instants, so that what lies before was given too; inside an instant the order on the wire may be
// another than in the store. Not thread-safe.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "wire/key_peek.hpp"

namespace mp::gateway {

class SeriesMark {
  public:
    // Events of one instant that are remembered one by one; beyond that, all up to the greatest in
    // the order of the series count as given.
    static constexpr size_t kRemembered = 32;

    void Give(const wire::EventKey& key, std::string_view identity);
    bool Has(const wire::EventKey& key, std::string_view identity) const;

    // Whether the greatest event given has this identity: of a series of states, nothing changed.
    bool EndsWith(std::string_view identity) const;

    bool empty() const { return greatest_.empty(); }
    Nanos order_ts() const { return order_ts_; }

    void AppendTo(std::string& out) const;
    // Takes a mark from the front of `bytes`; nothing where it is truncated.
    static Result<SeriesMark> TakeFrom(std::string_view& bytes);

    friend bool operator==(const SeriesMark&, const SeriesMark&) = default;

  private:
    bool many() const { return given_.size() > kRemembered; }

    Nanos order_ts_ = 0;
    std::vector<uint64_t> given_;  // hashes of identities at order_ts_; one too many says "many"
    std::string greatest_;         // place of the greatest at order_ts_: sequence, identity
};

}  // namespace mp::gateway
