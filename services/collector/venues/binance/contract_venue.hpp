#pragma once
// Binance's contracts: USD-M (market linear) and COIN-M (market inverse).

#include <memory>

#include "collector/venues/venue.hpp"
#include "collector/venues/venue_config.hpp"

namespace mp::collector::binance {

std::unique_ptr<Venue> MakeContractVenue(const VenueConfig& config);

}  // namespace mp::collector::binance
