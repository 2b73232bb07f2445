#pragma once
// Typed values out of tokens, for venues that write numbers as strings or as numbers as they like.
// Remembers the first thing that was wrong.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/decimal.hpp"
#include "base/time.hpp"
#include "collector/venues/frame_parser.hpp"
#include "collector/venues/json/cursor.hpp"
#include "collector/venues/json/scalar.hpp"

namespace mp::collector::json {

// The text between the quotes, or the token itself where it has none.
inline std::string_view Unquoted(std::string_view token) noexcept {
    const bool quoted = token.size() >= 2 && token.front() == '"' && token.back() == '"';
    return quoted ? token.substr(1, token.size() - 2) : token;
}

// No such member, null, or "": how venues write that there is nothing.
inline bool IsAbsent(std::string_view token) noexcept {
    return token.empty() || token == "null" || token == "\"\"";
}

// "e-05" behind a decimal. False: not that plain.
inline bool ShrinkBy(const char* p, const char* end, Decimal& value) noexcept {
    const auto size = end - p;
    if ((size != 3 && size != 4) || p[0] != 'e' || p[1] != '-') return false;
    const unsigned first = static_cast<unsigned char>(p[2] - '0');
    const unsigned second = size == 4 ? static_cast<unsigned char>(p[3] - '0') : 0;
    if (first > 9 || second > 9) return false;
    const unsigned scale = value.scale + (size == 4 ? first * 10 + second : first);
    // An integer may end with zeros that would have to go.
    if (value.scale == 0 && value.mantissa % 10 == 0) return false;
    if (scale > Decimal::kMaxScale) return false;
    value.scale = static_cast<uint8_t>(scale);
    return true;
}

// "61837.63" or 61837.63 or 2.081e-05.
inline ParseError ReadAnyDecimal(std::string_view token, Decimal& out) noexcept {
    if (token.front() == '"') return ReadDecimal(token, out);
    const char* p = token.data();
    const char* end = p + token.size();
    if (detail::ReadPlainDecimal(p, end, out) && (p == end || ShrinkBy(p, end, out))) {
        return ParseError::kNone;
    }
    const DecimalError error = Decimal::Parse(token, out);
    if (error == DecimalError::kOk) return ParseError::kNone;
    return error == DecimalError::kOverflow ? ParseError::kOverflow : ParseError::kType;
}

// An integer that may be negative, quoted or not.
inline ParseError ReadAnySigned(std::string_view token, int64_t& out) noexcept {
    std::string_view text = Unquoted(token);
    const bool negative = !text.empty() && text.front() == '-';
    if (negative) text.remove_prefix(1);
    uint64_t value = 0;
    const ParseError error = ReadUnsigned(text, value);
    if (error != ParseError::kNone) return error;
    if (value > static_cast<uint64_t>(INT64_MAX)) return ParseError::kOverflow;
    out = negative ? -static_cast<int64_t>(value) : static_cast<int64_t>(value);
    return ParseError::kNone;
}

// The number of a request, where there is one that is ours.
inline std::optional<uint64_t> IdOf(std::string_view token) noexcept {
    uint64_t id = 0;
    const bool read = ReadUnsigned(Unquoted(token), id) == ParseError::kNone;
    return read ? std::optional(id) : std::nullopt;
}

// At least 8 bytes are readable behind every token.
class TokenReader {
  public:
    TokenReader& Decimal(std::string_view token, mp::Decimal& out) noexcept {
        if (Wants(token)) error_ = ReadAnyDecimal(token, out);
        return *this;
    }
    TokenReader& Unsigned(std::string_view token, uint64_t& out) noexcept {
        if (Wants(token)) error_ = ReadUnsigned(Unquoted(token), out);
        return *this;
    }
    TokenReader& Signed(std::string_view token, int64_t& out) noexcept {
        if (Wants(token)) error_ = ReadAnySigned(token, out);
        return *this;
    }
    // Milliseconds since the epoch.
    TokenReader& Time(std::string_view token, Nanos& out) noexcept {
        if (Wants(token)) error_ = ReadMilliseconds(Unquoted(token), out);
        return *this;
    }
    TokenReader& Text(std::string_view token, std::string_view& out) noexcept {
        if (Wants(token)) error_ = ReadText(token, out);
        return *this;
    }
    // Texts of events travel as UTF-8; damaged ones would make a whole batch unreadable.
    TokenReader& Id(std::string_view token, std::string_view& out) noexcept {
        Text(token, out);
        if (error_ == ParseError::kNone && !IsVisible(out)) error_ = ParseError::kType;
        return *this;
    }

    // Absent stays absent; what is there must be readable.
    TokenReader& Decimal(std::string_view token, std::optional<mp::Decimal>& out) noexcept {
        out.reset();
        return IsAbsent(token) ? *this : Decimal(token, out.emplace());
    }
    TokenReader& Unsigned(std::string_view token, std::optional<uint64_t>& out) noexcept {
        out.reset();
        return IsAbsent(token) ? *this : Unsigned(token, out.emplace());
    }
    TokenReader& Time(std::string_view token, std::optional<Nanos>& out) noexcept {
        out.reset();
        return IsAbsent(token) ? *this : Time(token, out.emplace());
    }

    TokenReader& Fail(ParseError error) noexcept {
        if (error_ == ParseError::kNone) error_ = error;
        return *this;
    }
    ParseError error() const noexcept { return error_; }

  private:
    static bool IsVisible(std::string_view text) noexcept {
        return !text.empty() &&
               std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
    }

    bool Wants(std::string_view token) noexcept {
        if (error_ == ParseError::kNone && token.empty()) error_ = ParseError::kMissing;
        return error_ == ParseError::kNone;
    }

    ParseError error_ = ParseError::kNone;
};

// A decimal that is the cursor's next value, where one is: absent stays absent.
inline ParseError TakeDecimal(Cursor& cursor, std::optional<mp::Decimal>& out) noexcept {
    const char* p = cursor.position();
    if (p < cursor.end() && detail::ReadPlainDecimal(p, cursor.end(), out.emplace()) &&
        (*p == ',' || *p == '}')) {
        cursor.MoveTo(p);
        return ParseError::kNone;
    }
    out.reset();
    std::string_view token;
    if (!cursor.TakeValue(token)) return ParseError::kSyntax;
    return IsAbsent(token) ? ParseError::kNone : ReadAnyDecimal(token, out.emplace());
}

}  // namespace mp::collector::json
