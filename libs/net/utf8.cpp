#include "net/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace mp::net {
namespace {

// How many of the first bytes are surely ASCII, in steps of 8.
size_t AsciiPrefix(const unsigned char* data, size_t size) {
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t word;
        std::memcpy(&word, data + i, sizeof word);
        if (word & 0x8080808080808080u) break;
    }
    return i;
}

bool IsContinuation(unsigned char byte) {
    return (byte & 0xc0) == 0x80;
}

// The size of the well-formed sequence at `data`, 0 if there is none.
size_t SequenceSize(const unsigned char* data, size_t size) {
    const unsigned char lead = data[0];
    if (lead < 0x80) return 1;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    const size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (size < length) return 0;
    for (size_t i = 1; i < length; ++i) {
        if (!IsContinuation(data[i])) return 0;
    }
    if (lead == 0xe0 && data[1] < 0xa0) return 0;  // overlong
    if (lead == 0xed && data[1] > 0x9f) return 0;  // surrogate
    if (lead == 0xf0 && data[1] < 0x90) return 0;  // overlong
    if (lead == 0xf4 && data[1] > 0x8f) return 0;  // above U+10FFFF
    return length;
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    size_t left = text.size();
    while (left > 0) {
        const size_t ascii = AsciiPrefix(data, left);
        data += ascii;
        left -= ascii;
        // Up to the next whole word, then look for ASCII again.
        for (size_t done = 0; done < 8 && left > 0;) {
            const size_t size = SequenceSize(data, left);
            if (size == 0) return false;
            data += size;
            left -= size;
            done += size;
        }
    }
    return true;
}

}  // namespace mp::net
