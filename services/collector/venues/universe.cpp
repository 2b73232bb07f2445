#include "collector/venues/universe.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
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

struct Kind {
    std::string_view name;
    model::InstrumentType type;
};

constexpr Kind kKinds[] = {
    {"spot", model::InstrumentType::kSpot},
    {"perp", model::InstrumentType::kSwap},
    {"future", model::InstrumentType::kFutures},
    {"option", model::InstrumentType::kOption},
};

const Kind* KindOf(std::string_view name) {
    const auto* const found = std::find_if(
        std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) { return kind.name == name; }
    );
    return found == std::end(kKinds) ? nullptr : found;
}

// Whatever the status.
bool Fits(std::string_view rule, const Listing& listing) {
    const model::Instrument& instrument = listing.instrument;
    if (const size_t colon = rule.find(':'); colon != std::string_view::npos) {
        const Kind* kind = KindOf(rule.substr(0, colon));
        if (kind == nullptr || kind->type != listing.type) return false;
        rule.remove_prefix(colon + 1);
    }
    if (rule.find('*') != std::string_view::npos) return Matches(rule, instrument.symbol);
    return rule == instrument.symbol || rule == instrument.venue_symbol;
}

// Some venues list names that are not ASCII.
bool IsOfSymbol(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || byte >= 0x80 ||
           std::string_view("-_/.*").find(c) != std::string_view::npos;
}

bool IsName(std::string_view rule) {
    return rule.find_first_of("*:") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> CheckRule(std::string_view text) {
    const size_t colon = text.find(':');
    if (colon != std::string_view::npos) {
        if (KindOf(text.substr(0, colon)) == nullptr) {
            return "kinds are spot: perp: future: option:";
        }
        text.remove_prefix(colon + 1);
    }
    if (text.empty()) return "it names no symbol";
    if (text.find("**") != std::string_view::npos) return "one * stands for any text";
    if (!std::all_of(text.begin(), text.end(), IsOfSymbol)) {
        return "symbols are letters, digits and -_/., and * stands for any text";
    }
    return std::nullopt;
}

Selection Select(
    std::span<const Listing> listings,
    std::span<const std::string> rules,
    std::span<const std::string> exclude,
    const std::set<std::string>& before
) {
    Selection selection;
    std::vector<bool> matched(rules.size());
    for (const Listing& listing : listings) {
        bool chosen = false;
        const bool trades = listing.status == model::InstrumentStatus::kTrading ||
                            before.contains(listing.instrument.symbol);
        for (size_t i = 0; i < rules.size(); ++i) {
            if (!(trades || IsName(rules[i])) || !Fits(rules[i], listing)) continue;
            matched[i] = true;
            chosen = true;
        }
        if (!chosen) continue;
        const bool excluded =
            std::any_of(exclude.begin(), exclude.end(), [&](const std::string& rule) {
                return Fits(rule, listing);
            });
        if (!excluded) selection.chosen.push_back(listing);
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
