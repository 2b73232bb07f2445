#include "collector/venues/universe.hpp"

#include <unordered_map>

namespace mp::collector {

bool Matches(std::string_view rule, std::string_view symbol) {
    const size_t star = rule.find('*');
    if (star == std::string_view::npos) return rule == symbol;
    if (!symbol.starts_with(rule.substr(0, star))) return false;
    const std::string_view rest = rule.substr(star + 1);
    for (size_t at = star; at <= symbol.size(); ++at) {
        if (Matches(rest, symbol.substr(at))) return true;
    }
    return false;
}

namespace {

bool Chooses(const std::string& rule, const Listing& listing) {
    const model::Instrument& instrument = listing.instrument;
    if (rule.find('*') == std::string::npos) {
        return rule == instrument.symbol || rule == instrument.venue_symbol;
    }
    return listing.status == model::InstrumentStatus::kTrading && Matches(rule, instrument.symbol);
}

}  // namespace

Selection Select(std::span<const Listing> listings, std::span<const std::string> rules) {
    Selection selection;
    std::vector<bool> matched(rules.size());
    for (const Listing& listing : listings) {
        bool chosen = false;
        for (size_t i = 0; i < rules.size(); ++i) {
            if (!Chooses(rules[i], listing)) continue;
            matched[i] = true;
            chosen = true;
        }
        if (chosen) selection.chosen.push_back(listing);
    }
    for (size_t i = 0; i < rules.size(); ++i) {
        if (!matched[i]) selection.unmatched.push_back(rules[i]);
    }
    return selection;
}

std::vector<std::string> ResolveClashes(std::vector<Listing>& listings) {
    std::unordered_map<std::string, size_t> first;
    std::vector<std::string> clashes;
    const auto keep_own = [&](Listing& listing) {
        if (listing.instrument.symbol == listing.instrument.venue_symbol) return;
        listing.instrument.symbol = listing.instrument.venue_symbol;
        clashes.push_back(listing.instrument.venue_symbol);
    };
    for (size_t i = 0; i < listings.size(); ++i) {
        const auto [entry, is_new] = first.try_emplace(listings[i].instrument.symbol, i);
        if (is_new) continue;
        keep_own(listings[entry->second]);
        keep_own(listings[i]);
    }
    return clashes;
}

}  // namespace mp::collector
