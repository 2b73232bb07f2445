#pragma once
// What of a venue is to be collected, by whomever.

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "collector/feed/instrument_changes.hpp"
#include "collector/venues/listing.hpp"
#include "collector/venues/venue_config.hpp"

namespace mp::collector {

struct Choice {
    const Listing* listing = nullptr;
    std::set<model::DataType> types;
};

struct Wanted {
    std::map<std::string, Choice> chosen;  // by canonical symbol
    std::vector<std::string> unmatched;    // configured, but the venue lists nothing like it
};

// What is configured, less what was removed at run time and more what was added. `halted`: what
// does not trade now and is kept all the same. Points into `listings`.
Wanted WantedOf(
    std::span<const Listing> listings,
    const VenueConfig& config,
    const InstrumentChanges& changes,
    const std::set<std::string>& halted
);

}  // namespace mp::collector
