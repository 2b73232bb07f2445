#include "mpctl/text/display_width.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace mp::mpctl {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

struct Range {
    uint32_t first;
    uint32_t last;
};

// Ascending. Marks that add nothing to the width: combining, joiners, variation selectors.
constexpr Range kZeroWidth[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489},  {0x0591, 0x05BD}, {0x0610, 0x061A}, {0x064B, 0x065F},
    {0x06D6, 0x06DC}, {0x0900, 0x0902},  {0x093C, 0x093C}, {0x0941, 0x0948}, {0x094D, 0x094D},
    {0x0E31, 0x0E31}, {0x0E34, 0x0E3A},  {0x0E47, 0x0E4E}, {0x1AB0, 0x1ACE}, {0x1DC0, 0x1DFF},
    {0x200B, 0x200F}, {0x2060, 0x2064},  {0x20D0, 0x20F0}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
    {0xFEFF, 0xFEFF}, {0xE0100, 0xE01EF}};

// Ascending. East Asian wide and fullwidth, emoji.
constexpr Range kWide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},
    {0x25FD, 0x25FE},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26A1, 0x26A1},
    {0x26C4, 0x26C5},   {0x26F2, 0x26F3},   {0x2705, 0x2705},   {0x270A, 0x270B},
    {0x2728, 0x2728},   {0x274C, 0x274C},   {0x2753, 0x2755},   {0x2795, 0x2797},
    {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
    {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},   {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F19A},
    {0x1F200, 0x1F320}, {0x1F32D, 0x1F335}, {0x1F337, 0x1F37C}, {0x1F37E, 0x1F393},
    {0x1F3A0, 0x1F3CA}, {0x1F3E0, 0x1F3F0}, {0x1F400, 0x1F64F}, {0x1F680, 0x1F6C5},
    {0x1F6D0, 0x1F6FF}, {0x1F7E0, 0x1F7EB}, {0x1F90C, 0x1F9FF}, {0x1FA70, 0x1FAFF},
    {0x20000, 0x3FFFD}};

template <size_t N>
bool In(const Range (&ranges)[N], uint32_t code) {
    const auto* found = std::lower_bound(
        std::begin(ranges),
        std::end(ranges),
        code,
        [](const Range& range, uint32_t value) { return range.last < value; }
    );
    return found != std::end(ranges) && code >= found->first;
}

struct Character {
    uint32_t code = 0;
    size_t size = 1;
    bool valid = false;
};

// The character that `text` begins with; one byte where that is no UTF-8.
Character First(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
    const uint8_t lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};
    const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
    if (size == 0 || lead > 0xF4 || text.size() < size) return {};
    uint32_t code = lead & (0xFFu >> (size + 1));
    for (size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {};
        code = code << 6 | (byte(i) & 0x3Fu);
    }
    constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < kSmallest[size] || code > 0x10FFFF || surrogate) return {};
    return {code, size, true};
}

// Control characters, and those that reverse the direction of what follows.
bool Steers(uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

size_t WidthOf(const Character& character) {
    if (!character.valid || Steers(character.code)) return 1;
    if (In(kZeroWidth, character.code)) return 0;
    return In(kWide, character.code) ? 2 : 1;
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
    size_t width = 0;
    while (!text.empty()) {
        const Character character = First(text);
        width += WidthOf(character);
        text.remove_prefix(character.size);
    }
    return width;
}

std::string Printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const Character character = First(text);
        const bool shown = character.valid && !Steers(character.code);
        out += shown ? text.substr(0, character.size) : kReplacement;
        text.remove_prefix(character.size);
    }
    return out;
}

std::string Clip(std::string_view text, size_t width) {
    if (DisplayWidth(text) <= width) return std::string(text);
    if (width == 0) return "";
    std::string out;
    size_t used = 0;
    while (!text.empty()) {
        const Character character = First(text);
        used += WidthOf(character);
        if (used > width - 1) break;
        out += text.substr(0, character.size);
        text.remove_prefix(character.size);
    }
    return out.append(kEllipsis);
}

}  // namespace mp::mpctl
