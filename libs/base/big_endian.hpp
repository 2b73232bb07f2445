#pragma once
// Integers as bytes that sort like the numbers: the building blocks of keys.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace mp {

inline void AppendBigEndian(uint64_t value, std::string& out) {
    const uint64_t swapped = __builtin_bswap64(value);
    out.append(reinterpret_cast<const char*>(&swapped), sizeof(swapped));
}

inline void AppendBigEndian(uint32_t value, std::string& out) {
    const uint32_t swapped = __builtin_bswap32(value);
    out.append(reinterpret_cast<const char*>(&swapped), sizeof(swapped));
}

// Signed numbers sort with the sign bit flipped.
inline void AppendSortable(int64_t value, std::string& out) {
    AppendBigEndian(static_cast<uint64_t>(value) ^ (uint64_t{1} << 63), out);
}

// `bytes` must hold at least 8 (4) bytes.
inline uint64_t ReadBigEndian64(std::string_view bytes) {
    uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof(value));
    return __builtin_bswap64(value);
}

inline uint32_t ReadBigEndian32(std::string_view bytes) {
    uint32_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof(value));
    return __builtin_bswap32(value);
}

inline int64_t ReadSortable(std::string_view bytes) {
    return static_cast<int64_t>(ReadBigEndian64(bytes) ^ (uint64_t{1} << 63));
}

}  // namespace mp
