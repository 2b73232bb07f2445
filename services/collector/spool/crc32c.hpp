#pragma once
// CRC-32C (Castagnoli), what spool records are checked by. Uses the CPU's instruction where it has
// one.

#include <cstdint>
#include <string_view>

namespace mp::collector {

// Of `bytes` alone, or, with the result of an earlier call as `seed`, of both texts in a row.
uint32_t Crc32c(std::string_view bytes, uint32_t seed = 0) noexcept;

}  // namespace mp::collector
