#pragma once
// Which of a venue's listings are collected. Pure.

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/venues/listing.hpp"

namespace mp::collector {

// Whether `symbol` fits `rule`, where '*' stands for any text: "*-USDT" "BTC-*" "BTC-USDT".
bool Matches(std::string_view rule, std::string_view symbol);

struct Selection {
    std::vector<Listing> chosen;  // each once, in the order of the listings
    std::vector<std::string>
        unmatched;  // plain symbols that are not listed, rules that fit nothing
};

// A plain symbol, canonical or the venue's own, is chosen whatever its status; a rule chooses what
// trades, and of `before` (canonical) what is halted, since it may trade again: a pattern as in
// Matches, after a kind of instrument if it is meant for one alone
// ("perp:*", "option:BTC-*", "future:BTC-USD-20261225"). What fits one of `exclude` is not chosen.
Selection Select(
    std::span<const Listing> listings,
    std::span<const std::string> rules,
    std::span<const std::string> exclude = {},
    const std::set<std::string>& before = {}
);

// What is wrong with a rule: the part before a colon must be one of spot, perp, future, option;
// what follows is made of letters, digits, "-_/." and single stars.
std::optional<std::string> CheckRule(std::string_view text);

// Gives both sides of a clash of canonical symbols the venue's own; the venue symbols concerned.
std::vector<std::string> ResolveClashes(std::vector<Listing>& listings);

}  // namespace mp::collector
