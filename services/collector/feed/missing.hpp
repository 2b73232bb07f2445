#pragma once
// What is collected and not in the venue's list. Venues leave instruments out by mistake, some or
// most of them: only a second list in a row ends one, and where many are missing at once nothing
// ends before that has held for ten minutes. Pure. Times are steady.

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "collector/venues/listing.hpp"

namespace mp::collector {

class Missing {
  public:
    // Call it once for each list. Which of `collected` are not in it and are to be kept.
    std::vector<Listing> Kept(
        std::span<const Listing> list, std::span<const Listing> collected, Nanos now
    );

    // Why the last list is not believed; OK where it is.
    const Status& doubt() const { return doubt_; }

  private:
    void Judge(size_t missing, size_t collected, Nanos now);

    std::set<std::string> missing_;  // in the last list, and kept
    std::optional<Nanos> many_since_;
    Status doubt_;
};

}  // namespace mp::collector
