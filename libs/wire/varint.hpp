#pragma once
// Varints without branches for what fits 8 bytes: 7-bit groups are spread and gathered inside one
// word. Inside libs/wire only.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mp::wire {

static_assert(std::endian::native == std::endian::little);

inline constexpr uint64_t kContinue = 0x8080808080808080ull;
inline constexpr size_t kMaxVarint = 10;
// WriteVarint may touch this many bytes from where it starts.
inline constexpr size_t kWriteSlack = 16;

constexpr uint64_t ZigZag(int64_t value) {
    return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}

constexpr int64_t UnZigZag(uint64_t value) {
    return static_cast<int64_t>((value >> 1) ^ (0 - (value & 1)));
}

constexpr size_t VarintSize(uint64_t value) {
    return (static_cast<size_t>(std::bit_width(value | 1)) * 9 + 64) >> 6;
}

inline char* WriteLongVarint(char* p, uint64_t value) {
    while (value >= 0x80) {
        *p++ = static_cast<char>(value | 0x80);
        value >>= 7;
    }
    *p++ = static_cast<char>(value);
    return p;
}

inline char* WriteVarint(char* p, uint64_t value) {
    if (value >> 56 != 0) [[unlikely]]
        return WriteLongVarint(p, value);
    const size_t size = VarintSize(value);
    value = ((value & 0x00fffffff0000000ull) << 4) | (value & 0x000000000fffffffull);
    value = ((value & 0x0fffc0000fffc000ull) << 2) | (value & 0x00003fff00003fffull);
    value = ((value & 0x3f803f803f803f80ull) << 1) | (value & 0x007f007f007f007full);
    value |= kContinue & ((uint64_t{1} << (8 * (size - 1))) - 1);
    std::memcpy(p, &value, sizeof(value));
    return p + size;
}

// The bytes up to the one that ends the varint, its groups gathered. `stops`: the bytes that may
// end it.
inline uint64_t Gather(uint64_t word, uint64_t stops) {
    word &= (stops ^ (stops - 1)) & ~kContinue;
    word = (word & 0x007f007f007f007full) | ((word & 0x7f007f007f007f00ull) >> 1);
    word = (word & 0x00003fff00003fffull) | ((word & 0x3fff00003fff0000ull) >> 2);
    return (word & 0x000000000fffffffull) | ((word & 0x0fffffff00000000ull) >> 4);
}

// Null where the bytes end inside the varint, or it is longer than 64 bits.
inline const char* ReadLongVarint(const char* p, const char* end, uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 70 && p != end; shift += 7) {
        const auto byte = static_cast<unsigned char>(*p++);
        if (shift == 63 && byte > 1) return nullptr;
        value |= static_cast<uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) return p;
    }
    return nullptr;
}

inline const char* ReadVarint(const char* p, const char* end, uint64_t& value) {
    if (p != end && static_cast<unsigned char>(*p) < 0x80) {
        value = static_cast<unsigned char>(*p);
        return p + 1;
    }
    if (end - p >= 8) {
        uint64_t word = 0;
        std::memcpy(&word, p, sizeof(word));
        const uint64_t stops = ~word & kContinue;
        if (stops != 0) {
            value = Gather(word, stops);
            return p + (std::countr_zero(stops) + 1) / 8;
        }
    }
    return ReadLongVarint(p, end, value);
}

}  // namespace mp::wire
