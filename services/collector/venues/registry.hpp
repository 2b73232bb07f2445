#pragma once
// Which venues there are.

#include <memory>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "collector/venues/venue.hpp"
#include "collector/venues/venue_config.hpp"

namespace mp::collector {

// NotFound names what there is instead.
Result<std::unique_ptr<Venue>> MakeVenue(const VenueConfig& config);

// Data types that this market of this exchange streams, and "unknown venue" as MakeVenue.
Result<std::vector<model::DataType>> StreamedTypes(const VenueConfig& config);
// ... and those that it tells when asked.
Result<std::vector<model::DataType>> CollectedTypes(const VenueConfig& config);

}  // namespace mp::collector
