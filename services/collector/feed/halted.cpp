#include "collector/feed/halted.hpp"

#include <utility>

namespace mp::collector {
namespace {

// What does not trade for so long is as good as delisted.
constexpr Nanos kLately = 24 * 3600 * kSecond;

}  // namespace

void Halted::Look(
    std::span<const Listing> listings, const std::set<std::string>& universe, Nanos now
) {
    std::map<std::string, Nanos> halted;
    for (const Listing& listing : listings) {
        const std::string& symbol = listing.instrument.symbol;
        if (listing.status == model::InstrumentStatus::kTrading) continue;
        if (!universe.contains(symbol)) continue;
        const auto known = since_.find(symbol);
        halted[symbol] = known == since_.end() ? now : known->second;
    }
    since_ = std::move(halted);
}

std::set<std::string> Halted::Lately(Nanos now) const {
    std::set<std::string> symbols;
    for (const auto& [symbol, since] : since_) {
        if (now - since < kLately) symbols.insert(symbol);
    }
    return symbols;
}

}  // namespace mp::collector
