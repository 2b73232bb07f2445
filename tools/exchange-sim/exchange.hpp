#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "exchange-sim/collector_config.hpp"
#include "exchange-sim/source.hpp"
#include "exchange-sim/symbol_spec.hpp"
#include "exchange-sim/venue.hpp"

namespace mp::sim {

// One exchange as it is served: its protocol, where its messages come from, and what a collector
// has to ask for. One thread.
class Exchange {
  public:
    explicit Exchange(const Plant& plant) : plant_(plant), source_(plant) {}
    virtual ~Exchange() = default;

    // One of the two, once: markets of these symbols at so many messages a second, or the capture.
    virtual void Generate(const std::vector<SymbolSpec>& symbols, double rate) = 0;
    virtual Status Load() = 0;

    // Takes an instrument (as the log calls it) into what the exchange lists, or out of it.
    virtual void SetListed(std::string_view symbol, bool listed) = 0;

    Venue& venue() { return *venue_; }
    Source& source() { return source_; }
    const std::vector<VenueEntry>& entries() const { return entries_; }

  protected:
    // Guesses, and what was left out and why.
    static void Tell(const std::vector<std::string>& remarks);

    const Plant plant_;
    Source source_;
    std::vector<VenueEntry> entries_;
    std::unique_ptr<Venue> venue_;
};

}  // namespace mp::sim
