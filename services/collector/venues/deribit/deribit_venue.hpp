#pragma once
// Deribit: linear and inverse (perpetual and dated), option. One class for all; the configuration's
// market says which.

#include <memory>

#include "collector/venues/venue.hpp"
#include "collector/venues/venue_config.hpp"

namespace mp::collector::deribit {

std::unique_ptr<Venue> MakeVenue(const VenueConfig& config);

}  // namespace mp::collector::deribit
