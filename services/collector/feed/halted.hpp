#pragma once
// What of a universe does not trade at the moment: it may trade again long before the next list of
// instruments, so it stays in the universe for a day. Times are steady.

#include <map>
#include <set>
#include <span>
#include <string>

#include "base/time.hpp"
#include "collector/venues/listing.hpp"

namespace mp::collector {

class Halted {
  public:
    // `universe`: the canonical symbols that are collected, here or by others.
    void Look(std::span<const Listing> listings, const std::set<std::string>& universe, Nanos now);

    // Those that have been so for less than a day.
    std::set<std::string> Lately(Nanos now) const;

  private:
    std::map<std::string, Nanos> since_;  // by canonical symbol
};

}  // namespace mp::collector
