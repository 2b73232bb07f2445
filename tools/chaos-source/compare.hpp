#pragma once
// Compares a store, asked over gRPC, with the market that was sent to it.

#include <cstdint>
#include <string>

#include "chaos-source/market.hpp"

namespace mp::chaos {

// Every event of every series in order, then `pages` pages that begin anywhere. Prints a line a
// series: instrument, data type, events, and of trades the sums of prices and quantities as stored.
// False, with the first difference on stderr, where they are not equal.
bool Compare(Market& market, const std::string& address, uint64_t pages, uint64_t seed);

}  // namespace mp::chaos
