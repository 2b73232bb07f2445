#include "collector/venues/okx/checksum.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "collector/book/crc32.hpp"

namespace mp::collector::okx {
namespace {

bool IsPlainNumber(std::string_view text) noexcept {
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.empty()) return false;
    const size_t point = text.find('.');
    if (text.find_first_not_of("0123456789.") != std::string_view::npos) return false;
    const std::string_view whole = text.substr(0, point);
    if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return false;
    return point == std::string_view::npos || (point + 1 < text.size() && text.back() != '0');
}

// Room for sign, 19 digits, point and leading zero.
char* Write(const Decimal& value, char* out) {
    const bool negative = value.mantissa < 0;
    const uint64_t magnitude = negative ? 0 - static_cast<uint64_t>(value.mantissa)
                                        : static_cast<uint64_t>(value.mantissa);
    if (negative) *out++ = '-';
    char digits[20];
    const char* end = std::to_chars(digits, digits + sizeof(digits), magnitude).ptr;
    const auto count = static_cast<size_t>(end - digits);
    if (value.scale == 0) return std::copy(digits, digits + count, out);
    if (count <= value.scale) {
        *out++ = '0';
        *out++ = '.';
        out = std::fill_n(out, value.scale - count, '0');
        return std::copy(digits, digits + count, out);
    }
    out = std::copy(digits, digits + count - value.scale, out);
    *out++ = '.';
    return std::copy(digits + count - value.scale, digits + count, out);
}

}  // namespace

bool IsPlain(std::string_view levels) noexcept {
    // Of each level only the first two strings count.
    int place = 0;
    for (size_t at = 0; at < levels.size(); ++at) {
        if (levels[at] == '[') place = 0;
        if (levels[at] != '"') continue;
        const size_t close = levels.find('"', at + 1);
        if (close == std::string_view::npos) return false;
        if (++place <= 2 && !IsPlainNumber(levels.substr(at + 1, close - at - 1))) return false;
        at = close;
    }
    return true;
}

void InterleavedChecksum::Line::Render(const model::Level& from) {
    level = from;
    char* out = text.data();
    *out++ = ':';
    out = Write(level.price, out);
    *out++ = ':';
    out = Write(level.quantity, out);
    size = static_cast<uint8_t>(out - text.data());
}

size_t InterleavedChecksum::Side::Update(std::span<const model::Level> levels) {
    const size_t wanted = std::min(levels.size(), kDepth);
    const auto at = [&](size_t i) -> const model::Level& { return levels[levels.size() - 1 - i]; };
    size_t changed = kDepth;
    for (size_t i = 0; i < wanted; ++i) {
        if (i < count && lines[i].level == at(i)) continue;
        changed = std::min(changed, i);
        if (i + 1 < count && lines[i + 1].level == at(i)) {
            // A level went: those behind it move up.
            std::copy(lines.begin() + i + 1, lines.begin() + count, lines.begin() + i);
            --count;
            continue;
        }
        if (i < count && i + 1 < wanted && lines[i].level == at(i + 1)) {
            // A level came: those behind it make room.
            const size_t kept = std::min(count, kDepth - 1);
            std::copy_backward(lines.begin() + i, lines.begin() + kept, lines.begin() + kept + 1);
            count = kept + 1;
        }
        lines[i].Render(at(i));
        count = std::max(count, i + 1);
    }
    if (count != wanted) changed = std::min(changed, wanted);
    count = wanted;
    return changed;
}

uint32_t InterleavedChecksum::Of(const model::OrderBook& book) {
    size_t from = std::min(bids_.Update(book.bids()), asks_.Update(book.asks()));
    if (!computed_) from = 0;
    computed_ = true;
    const size_t levels = std::max(bids_.count, asks_.count);
    for (size_t i = from; i < levels; ++i) {
        uint32_t crc = crcs_[i];
        // The very first of all has nothing to be kept apart from.
        size_t colon = i == 0 ? 1 : 0;
        for (const Side* side : {&bids_, &asks_}) {
            if (i >= side->count) continue;
            crc = Crc32(side->lines[i].view().substr(colon), crc);
            colon = 0;
        }
        crcs_[i + 1] = crc;
    }
    return crcs_[levels];
}

}  // namespace mp::collector::okx
