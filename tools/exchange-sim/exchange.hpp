#pragma once

#include <vector>

#include <boost/asio/io_context.hpp>

#include "exchange-sim/collector_config.hpp"
#include "exchange-sim/options.hpp"
#include "exchange-sim/outlet.hpp"
#include "exchange-sim/source.hpp"
#include "exchange-sim/venue.hpp"

namespace mp::sim {

// One exchange as it is served: its protocol, where its messages come from, and what a collector
// has to ask for. One thread.
class Exchange {
  public:
    virtual ~Exchange() = default;

    virtual Venue& venue() = 0;
    virtual Source& source() = 0;
    virtual const std::vector<VenueEntry>& entries() const = 0;
};

}  // namespace mp::sim
