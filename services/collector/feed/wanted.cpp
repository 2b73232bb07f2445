#include "collector/feed/wanted.hpp"

#include <utility>

#include "collector/venues/universe.hpp"

namespace mp::collector {

Wanted WantedOf(
    std::span<const Listing> listings,
    const VenueConfig& config,
    const InstrumentChanges& changes,
    const std::set<std::string>& halted
) {
    Wanted wanted;
    Selection selection = Select(listings, config.symbols, config.exclude, halted);
    wanted.unmatched = std::move(selection.unmatched);
    std::map<std::string, const Listing*> listed;
    for (const Listing& listing : listings) {
        if (listing.status == model::InstrumentStatus::kDelisted) continue;
        listed[listing.instrument.symbol] = &listing;
    }
    for (const Listing& chosen : selection.chosen) {
        const auto listing = listed.find(chosen.instrument.symbol);
        if (listing == listed.end() || changes.Removed(listing->first)) continue;
        wanted.chosen[listing->first] = {
            listing->second, {config.data_types.begin(), config.data_types.end()}};
    }
    for (const auto& [symbol, change] : changes.all()) {
        const auto listing = listed.find(symbol);
        if (listing == listed.end() || !changes.Added(symbol)) continue;
        Choice& choice = wanted.chosen[symbol];
        choice.listing = listing->second;
        choice.types.insert(change.types.begin(), change.types.end());
    }
    return wanted;
}

}  // namespace mp::collector
