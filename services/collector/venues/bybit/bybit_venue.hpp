#pragma once
// Bybit v5: spot, linear (perpetual and dated). One class for both; the configuration's market says
// which.

#include <memory>

#include "collector/venues/venue.hpp"
#include "collector/venues/venue_config.hpp"

namespace mp::collector::bybit {

std::unique_ptr<Venue> MakeVenue(const VenueConfig& config);

}  // namespace mp::collector::bybit
