#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mp::sim::okx {

using TextLevel = std::pair<std::string, std::string>;  // price, quantity

// CRC-32 of "bid price:bid size:ask price:ask size:..." over the best 25 levels of a book, a side
// that is exhausted left out; signed, as the exchange sends it. Both sides best first.
std::int32_t Checksum(const std::vector<TextLevel>& bids, const std::vector<TextLevel>& asks);

}  // namespace mp::sim::okx
