#include "collector/spool/crc32c.hpp"

#include <array>
#include <cstring>

namespace mp::collector {
namespace {

constexpr std::array<uint32_t, 256> MakeTable() {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78u : 0u);
        }
        table[i] = value;
    }
    return table;
}

constexpr auto kTable = MakeTable();

uint32_t Portable(std::string_view bytes, uint32_t crc) noexcept {
    for (const char c : bytes) {
        crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xff];
    }
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t Hardware(std::string_view bytes, uint32_t crc) noexcept {
    uint64_t state = crc;
    while (bytes.size() >= 8) {
        uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof(word));
        state = __builtin_ia32_crc32di(state, word);
        bytes.remove_prefix(sizeof(word));
    }
    crc = static_cast<uint32_t>(state);
    for (const char c : bytes) crc = __builtin_ia32_crc32qi(crc, static_cast<unsigned char>(c));
    return crc;
}

uint32_t Update(std::string_view bytes, uint32_t crc) noexcept {
    static const bool kHardware = __builtin_cpu_supports("sse4.2") != 0;
    return kHardware ? Hardware(bytes, crc) : Portable(bytes, crc);
}
#else
uint32_t Update(std::string_view bytes, uint32_t crc) noexcept {
    return Portable(bytes, crc);
}
#endif

}  // namespace

uint32_t Crc32c(std::string_view bytes, uint32_t seed) noexcept {
    return ~Update(bytes, ~seed);
}

}  // namespace mp::collector
