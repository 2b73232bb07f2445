#pragma once
// Binance spot.

#include <memory>

#include "collector/venues/venue.hpp"
#include "collector/venues/venue_config.hpp"

namespace mp::collector::binance {

std::unique_ptr<Venue> MakeSpotVenue(const VenueConfig& config);

}  // namespace mp::collector::binance
