#include "collector/book/crc32.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace mp::collector {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr uint32_t kPolynomial = 0xEDB88320u;
constexpr size_t kSlices = 8;

using Table = std::array<uint32_t, 256>;

// tables[n][b]: what byte b followed by n zero bytes gives.
constexpr std::array<Table, kSlices> MakeTables() {
    std::array<Table, kSlices> tables{};
    for (uint32_t byte = 0; byte < 256; ++byte) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
        tables[0][byte] = crc;
    }
    for (size_t n = 1; n < kSlices; ++n) {
        for (uint32_t byte = 0; byte < 256; ++byte) {
            const uint32_t before = tables[n - 1][byte];
            tables[n][byte] = (before >> 8) ^ tables[0][before & 0xFF];
        }
    }
    return tables;
}

constexpr std::array<Table, kSlices> kTables = MakeTables();

}  // namespace

uint32_t Crc32(std::string_view data, uint32_t before) noexcept {
    const char* p = data.data();
    size_t left = data.size();
    uint32_t crc = ~before;
    for (; left >= 8; left -= 8, p += 8) {
        uint64_t word = 0;
        std::memcpy(&word, p, sizeof(word));
        word ^= crc;
        crc = kTables[7][word & 0xFF] ^ kTables[6][word >> 8 & 0xFF] ^
              kTables[5][word >> 16 & 0xFF] ^ kTables[4][word >> 24 & 0xFF] ^
              kTables[3][word >> 32 & 0xFF] ^ kTables[2][word >> 40 & 0xFF] ^
              kTables[1][word >> 48 & 0xFF] ^ kTables[0][word >> 56];
    }
    for (; left > 0; --left, ++p) {
        crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(*p)) & 0xFF];
    }
    return ~crc;
}

}  // namespace mp::collector
