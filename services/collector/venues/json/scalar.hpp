#pragma once
// Numbers out of JSON text, exactly and without copies. Inputs are tokens as they stand in the
// message: a string with its quotes, a number without. Pure.

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/decimal.hpp"
#include "base/time.hpp"
#include "collector/venues/frame_parser.hpp"

namespace mp::collector::json {

namespace detail {

inline constexpr uint64_t kZeros = 0x3030303030303030ull;

inline uint64_t Load8(const char* p) noexcept {
    uint64_t word = 0;
    std::memcpy(&word, p, sizeof(word));
    return word;
}

// Whether each byte of `word`, after '0' was taken off, is a digit.
inline bool AllDigits(uint64_t digits) noexcept {
    return ((digits | (digits + 0x7676767676767676ull)) & 0x8080808080808080ull) == 0;
}

// Eight digits (values 0..9, first one lowest in memory) as a number.
inline uint64_t Join8(uint64_t digits) noexcept {
    digits = (digits * 10) + (digits >> 8);
    return (((digits & 0x000000FF000000FFull) * 0x000F424000000064ull) +
            (((digits >> 16) & 0x000000FF000000FFull) * 0x0000271000000001ull)) >>
           32;
}

// Reads [-]digits[.digits] up to the first other character, where `p` is left; at most 18 digits.
// At least 24 bytes are readable from `p` on. False: it is not that plain, and `p` stays.
inline bool ReadPlainDecimal(const char*& p, const char* end, Decimal& out) noexcept {
    const char* q = p;
    const bool negative = q != end && *q == '-';
    q += negative ? 1 : 0;
    const char* first = q;
    uint64_t value = 0;
    unsigned digit = 0;
    while ((digit = static_cast<unsigned char>(*q - '0')) < 10 && q - first < 20) {
        value = value * 10 + digit;
        ++q;
    }
    const auto whole = q - first;
    // Up to the last digit that is no zero.
    uint64_t kept = value;
    unsigned scale = 0;
    const bool pointed = *q == '.';
    if (pointed) {
        const char* point = q++;
        while ((digit = static_cast<unsigned char>(*q - '0')) < 10 && q - first < 20) {
            value = value * 10 + digit;
            ++q;
            kept = digit != 0 ? value : kept;
            scale = digit != 0 ? static_cast<unsigned>(q - point) - 1 : scale;
        }
        if (q - point == 1) return false;
    }
    if (whole == 0 || q - first - (pointed ? 1 : 0) > 18 || q > end) return false;
    const auto mantissa = static_cast<int64_t>(kept);
    out.mantissa = negative ? -mantissa : mantissa;
    out.scale = static_cast<uint8_t>(kept == 0 ? 0 : scale);
    p = q;
    return true;
}

}  // namespace detail

// Reads a decimal that ends at a quote: `p` stands behind the opening quote, at least 8 bytes are
// readable behind `end`. On success `p` stands behind the closing quote.
inline ParseError ReadDecimalAtQuote(const char*& p, const char* end, Decimal& out) noexcept {
    const char* q = p;
    const bool negative = q != end && *q == '-';
    q += negative ? 1 : 0;
    uint64_t whole = 0;
    const char* first = q;
    while (static_cast<unsigned char>(*q - '0') < 10 && q - first < 10) {
        whole = whole * 10 + static_cast<unsigned char>(*q++ - '0');
    }
    // Eight decimals, as most venues write: all eight at once, trailing zeros shifted out.
    if (q != first && *q == '.' && end - q > 9 && q[9] == '"') {
        uint64_t digits = detail::Load8(q + 1) ^ detail::kZeros;
        if (detail::AllDigits(digits)) {
            const int zeros = digits == 0 ? 8 : __builtin_clzll(digits) / 8;
            const uint64_t fraction = zeros == 8 ? 0 : detail::Join8(digits << (8 * zeros));
            const auto mantissa = static_cast<int64_t>(whole * kPowersOfTen[8 - zeros] + fraction);
            out.mantissa = negative ? -mantissa : mantissa;
            out.scale = static_cast<uint8_t>(8 - zeros);
            p = q + 10;
            return ParseError::kNone;
        }
    }
    q = p;
    if (detail::ReadPlainDecimal(q, end, out) && *q == '"') {
        p = q + 1;
        return ParseError::kNone;
    }
    const void* quote = std::memchr(p, '"', static_cast<size_t>(end - p));
    if (quote == nullptr) return ParseError::kSyntax;
    const char* close = static_cast<const char*>(quote);
    const DecimalError error =
        Decimal::Parse(std::string_view(p, static_cast<size_t>(close - p)), out);
    if (error != DecimalError::kOk) {
        return error == DecimalError::kOverflow ? ParseError::kOverflow : ParseError::kType;
    }
    p = close + 1;
    return ParseError::kNone;
}

// A decimal written as a string: "61837.63000000".
inline ParseError ReadDecimal(std::string_view token, Decimal& out) noexcept {
    if (token.size() < 3 || token.front() != '"') return ParseError::kType;
    const char* p = token.data() + 1;
    const char* end = token.data() + token.size();
    const ParseError error = ReadDecimalAtQuote(p, end, out);
    if (error == ParseError::kNone && p != end) return ParseError::kType;
    return error;
}

// A non-negative integer. At least 8 bytes are readable behind the token.
inline ParseError ReadUnsigned(std::string_view token, uint64_t& out) noexcept {
    const size_t size = token.size();
    const char* p = token.data();
    if (size - 1 < 16) {
        // The first digits, moved to the end of a group of eight, and the last eight.
        const size_t head = size > 8 ? size - 8 : size;
        const uint64_t digits = (detail::Load8(p) ^ detail::kZeros) << (8 * (8 - head));
        if (!detail::AllDigits(digits)) return ParseError::kType;
        out = detail::Join8(digits);
        if (size <= 8) return ParseError::kNone;
        const uint64_t last = detail::Load8(p + head) ^ detail::kZeros;
        if (!detail::AllDigits(last)) return ParseError::kType;
        out = out * kPowersOfTen[8] + detail::Join8(last);
        return ParseError::kNone;
    }
    if (size == 0 || size > 20) return ParseError::kType;
    uint64_t value = 0;
    for (const char c : token) {
        const auto digit = static_cast<unsigned char>(c - '0');
        if (digit > 9) return ParseError::kType;
        if (value > (UINT64_MAX - digit) / 10) return ParseError::kOverflow;
        value = value * 10 + digit;
    }
    out = value;
    return ParseError::kNone;
}

// Milliseconds since the epoch.
inline ParseError ReadMilliseconds(std::string_view token, Nanos& out) noexcept {
    uint64_t value = 0;
    const ParseError error = ReadUnsigned(token, value);
    if (error != ParseError::kNone) return error;
    if (value > static_cast<uint64_t>(INT64_MAX / kMillisecond)) return ParseError::kOverflow;
    out = static_cast<Nanos>(value) * kMillisecond;
    return ParseError::kNone;
}

inline ParseError ReadBool(std::string_view token, bool& out) noexcept {
    out = token == "true";
    return out || token == "false" ? ParseError::kNone : ParseError::kType;
}

// The text between the quotes, escapes left as they are.
inline ParseError ReadText(std::string_view token, std::string_view& out) noexcept {
    if (token.size() < 2 || token.front() != '"' || token.back() != '"') return ParseError::kType;
    out = token.substr(1, token.size() - 2);
    return ParseError::kNone;
}

}  // namespace mp::collector::json
