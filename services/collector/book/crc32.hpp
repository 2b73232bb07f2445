#pragma once
// CRC-32 as in zip and Ethernet (reflected 0x04C11DB7): what venues compute of their books.

#include <cstdint>
#include <string_view>

namespace mp::collector {

// Takes up where another call left off: Crc32(b, Crc32(a)) is the CRC of a followed by b.
uint32_t Crc32(std::string_view data, uint32_t before = 0) noexcept;

}  // namespace mp::collector
