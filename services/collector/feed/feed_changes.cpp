// Feed: what is added and removed while it runs.
#include <utility>

#include "base/time.hpp"
#include "collector/feed/feed.hpp"
#include "collector/venues/universe.hpp"

namespace mp::collector {

void Feed::SetSymbols(std::vector<std::string> symbols, std::vector<std::string> exclude) {
    venue_config_.symbols = std::move(symbols);
    venue_config_.exclude = std::move(exclude);
    if (listed()) ApplySelection();
}

Result<model::Instrument> Feed::Add(const std::string& symbol, std::vector<model::DataType> types) {
    if (!listed()) return absl::UnavailableError("the venue's instruments are not known yet");
    const Listing* listing = listings_.Find(symbol);
    if (listing == nullptr) return absl::NotFoundError(venue_config_.name + " lists no " + symbol);
    const model::Instrument name = listing->instrument;
    if (types.empty()) types = venue_config_.data_types;
    MP_RETURN_IF_ERROR(changes_.Add(name.symbol, types, DefaultClock().Now()));
    ApplySelection();
    return name;
}

Result<model::Instrument> Feed::Remove(const std::string& symbol) {
    if (!listed()) return absl::UnavailableError("the venue's instruments are not known yet");
    const Listing* listing = listings_.Find(symbol);
    if (listing == nullptr || !universe_.contains(listing->instrument.symbol)) {
        return absl::NotFoundError(symbol + " is not collected");
    }
    const model::Instrument name = listing->instrument;
    const Selection configured = Select({listing, 1}, venue_config_.symbols, venue_config_.exclude);
    const bool is_configured = !configured.chosen.empty();
    MP_RETURN_IF_ERROR(changes_.Remove(name.symbol, is_configured, DefaultClock().Now()));
    ApplySelection();
    return name;
}

void Feed::Take(const std::string& symbol, const InstrumentChange& change) {
    const auto news = changes_.Take(symbol, change);
    if (!news.ok()) {
        log_.Error("a change is forgotten", {{"symbol", symbol}, {"reason", news.status()}});
    } else if (*news && listed()) {
        ApplySelection();
    }
}

}  // namespace mp::collector
