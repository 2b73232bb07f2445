#pragma once
// What venues' lists of instruments have in common.

#include <optional>
#include <string>
#include <string_view>

#include "collector/venues/listing.hpp"
#include "model/symbol.hpp"

namespace mp::collector {

// A size of 0, or what is no number, means that there is none.
std::optional<Decimal> SizeOf(std::string_view text);

// Milliseconds since the epoch; nothing of 0, and of what is no time.
std::optional<Nanos> TimeOf(std::string_view milliseconds);

// By what kind of instrument the listing is, its assets and its terms. Nothing where they do not
// make a canonical symbol.
std::optional<std::string> CanonicalSymbol(const Listing& listing);

}  // namespace mp::collector
