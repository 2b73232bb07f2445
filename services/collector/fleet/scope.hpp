#pragma once
// What makes two collectors share a market: they would collect the same of it. Pure.

#include <cstdint>

#include "collector/venues/venue_config.hpp"

namespace mp::collector {

// The same number wherever exchange, market, symbols, data types and streams are configured alike.
// Collectors that are configured otherwise do not count on each other.
uint64_t ScopeOf(const VenueConfig& config);

}  // namespace mp::collector
