#include "wire/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace mp::wire {
namespace {

// Bytes of the sequence that begins with `lead`; 0 for none. `first` bounds its second byte, which
// is where overlong forms, surrogates and what lies beyond U+10FFFF show.
size_t Length(unsigned char lead, unsigned char& low, unsigned char& high) {
    low = 0x80;
    high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) return 2;
    if (lead >= 0xe0 && lead <= 0xef) {
        if (lead == 0xe0) low = 0xa0;
        if (lead == 0xed) high = 0x9f;
        return 3;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        if (lead == 0xf0) low = 0x90;
        if (lead == 0xf4) high = 0x8f;
        return 4;
    }
    return 0;
}

}  // namespace

bool IsUtf8(std::string_view text) {
    const auto at = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
    size_t i = 0;
    while (i < text.size()) {
        if (at(i) < 0x80) {
            ++i;
            continue;
        }
        unsigned char low = 0;
        unsigned char high = 0;
        const size_t length = Length(at(i), low, high);
        if (length == 0 || length > text.size() - i) return false;
        if (at(i + 1) < low || at(i + 1) > high) return false;
        for (size_t k = 2; k < length; ++k) {
            if (at(i + k) < 0x80 || at(i + k) > 0xbf) return false;
        }
        i += length;
    }
    return true;
}

}  // namespace mp::wire
