#pragma once
// What a fleet has taken of one REST budget, as it stands in the bucket of budgets: grants of
// weight, each counted until a time of its own, and the time before which nobody may ask. Pure.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"

namespace mp::collector {

class Ledger {
  public:
    // "blocked <until>" and "<until> <weight>" lines, times in milliseconds. Empty text: an empty
    // ledger. InvalidArgument for anything else.
    static Result<Ledger> Parse(std::string_view text);
    std::string Format() const;

    // Forgets what no longer counts. Grants beyond `latest` were written by a clock far ahead: they
    // count until then.
    void Settle(Nanos now, Nanos latest);
    void Add(Nanos until, int64_t weight);
    void Block(Nanos until);

    int64_t used() const { return used_; }
    Nanos blocked_until() const { return blocked_until_; }
    // How long after `now` until `weight` fits below `limit`; 0: it does.
    Duration WaitFor(Nanos now, int64_t weight, int64_t limit) const;

    friend bool operator==(const Ledger&, const Ledger&) = default;

  private:
    std::map<Nanos, int64_t> grants_;  // until -> weight
    int64_t used_ = 0;
    Nanos blocked_until_ = 0;
};

}  // namespace mp::collector
