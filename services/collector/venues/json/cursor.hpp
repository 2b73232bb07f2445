#pragma once
// A forward reader over JSON text whose shape is known: no tree, no copies, no allocation. It
// checks the structure that it passes over; what a token means is judged by whoever reads it. At
// least 16 bytes must be readable behind the text.

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "collector/venues/frame_parser.hpp"
#include "collector/venues/json/scalar.hpp"

namespace mp::collector::json {

static_assert(std::endian::native == std::endian::little);

class Cursor {
  public:
    explicit Cursor(std::string_view text) noexcept : p_(text.data()), end_(p_ + text.size()) {}

    // Blanks, then `c`; stands behind it when that is what comes.
    bool Take(char c) noexcept {
        if (p_ < end_ && *p_ == c) {
            ++p_;
            return true;
        }
        SkipBlanks();
        if (p_ >= end_ || *p_ != c) return false;
        ++p_;
        return true;
    }

    // What comes next, blanks passed over; 0 at the end.
    char Peek() noexcept {
        SkipBlanks();
        return p_ < end_ ? *p_ : '\0';
    }

    bool AtEnd() noexcept { return Peek() == '\0' && p_ >= end_; }

    // "key": escapes are left as they are.
    bool TakeKey(std::string_view& key) noexcept {
        if (!Take('"')) return false;
        const char* begin = p_;
        if (!SkipString()) return false;
        key = std::string_view(begin, static_cast<size_t>(p_ - 1 - begin));
        return Take(':');
    }

    // Any value, as it stands: strings with their quotes, objects and arrays whole.
    bool TakeValue(std::string_view& token) noexcept {
        const char first = Peek();
        const char* begin = p_;
        if (!SkipValue(first)) return false;
        token = std::string_view(begin, static_cast<size_t>(p_ - begin));
        return true;
    }

    // For readers of their own: where the next value begins, and where it was read to.
    const char* position() const noexcept { return p_; }
    const char* end() const noexcept { return end_; }
    void MoveTo(const char* position) noexcept { p_ = position; }

  private:
    void SkipBlanks() noexcept {
        while (p_ < end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\t' || *p_ == '\r')) ++p_;
    }

    bool SkipValue(char first) noexcept {
        switch (first) {
            case '"':
                ++p_;
                return SkipString();
            case '{':
            case '[':
                return SkipNested();
            default:
                return SkipPlain();
        }
    }

    // From behind the opening quote to behind the closing one.
    bool SkipString() noexcept {
        constexpr uint64_t kOnes = 0x0101010101010101ull;
        constexpr uint64_t kHigh = 0x8080808080808080ull;
        while (p_ < end_) {
            const uint64_t word = detail::Load8(p_);
            const auto zero = [](uint64_t w) { return (w - kOnes) & ~w; };
            const uint64_t stops = (zero(word ^ kOnes * '"') | zero(word ^ kOnes * '\\') |
                                    ((word - kOnes * ' ') & ~word)) &
                                   kHigh;
            if (stops == 0) {
                p_ += 8;
                continue;
            }
            p_ += std::countr_zero(stops) / 8;
            if (*p_ == '\\') {
                p_ += 2;
                continue;
            }
            return *p_++ == '"' && p_ <= end_;
        }
        return false;
    }

    // A number, true, false, null.
    bool SkipPlain() noexcept {
        const char* begin = p_;
        while (p_ < end_ && IsPlain(*p_)) ++p_;
        return p_ != begin;
    }
    static bool IsPlain(char c) noexcept {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
               c == '+' || c == 'E';
    }

    // Brackets must match in kind; what stands between them is not looked at.
    bool SkipNested() noexcept {
        uint64_t objects = 0;  // one bit a level, the innermost lowest
        int depth = 0;
        do {
            const char c = Peek();
            if (c == '{' || c == '[') {
                if (++depth > 64) return false;
                objects = objects << 1 | (c == '{' ? 1 : 0);
                ++p_;
            } else if (c == '}' || c == ']') {
                if ((objects & 1) != (c == '}' ? 1u : 0u)) return false;
                --depth;
                objects >>= 1;
                ++p_;
            } else if (c == ',' || c == ':') {
                ++p_;
            } else if (!SkipValue(c)) {
                return false;
            }
        } while (depth > 0);
        return true;
    }

    const char* p_;
    const char* end_;
};

// Reads an object: `member`, called with each key, reads the value that comes next.
template <typename Member>
ParseError ReadObject(Cursor& cursor, Member&& member) noexcept {
    if (!cursor.Take('{')) return ParseError::kType;
    if (cursor.Take('}')) return ParseError::kNone;
    do {
        std::string_view key;
        if (!cursor.TakeKey(key)) return ParseError::kSyntax;
        const ParseError error = member(key);
        if (error != ParseError::kNone) return error;
    } while (cursor.Take(','));
    return cursor.Take('}') ? ParseError::kNone : ParseError::kSyntax;
}

// Reads an array: `element` reads the value that comes next.
template <typename Element>
ParseError ReadArray(Cursor& cursor, Element&& element) noexcept {
    if (!cursor.Take('[')) return ParseError::kType;
    if (cursor.Take(']')) return ParseError::kNone;
    do {
        const ParseError error = element();
        if (error != ParseError::kNone) return error;
    } while (cursor.Take(','));
    return cursor.Take(']') ? ParseError::kNone : ParseError::kSyntax;
}

// As ReadObject, of a text that holds one object and nothing else.
template <typename Member>
ParseError ReadDocument(Cursor& cursor, Member&& member) noexcept {
    if (cursor.Peek() != '{') return ParseError::kSyntax;
    const ParseError error = ReadObject(cursor, member);
    if (error != ParseError::kNone) return error;
    return cursor.AtEnd() ? ParseError::kNone : ParseError::kSyntax;
}

// The values of an object's members that are of interest; empty where there is no such member.
template <size_t N>
using Tokens = std::array<std::string_view, N>;

// Reads an object. Members are looked for from behind the one found last: messages keep their
// order.
template <size_t N>
ParseError ReadMembers(
    Cursor& cursor, const std::array<std::string_view, N>& names, Tokens<N>& tokens
) noexcept {
    tokens.fill({});
    size_t next = 0;
    return ReadObject(cursor, [&](std::string_view key) noexcept {
        std::string_view value;
        if (!cursor.TakeValue(value)) return ParseError::kSyntax;
        for (size_t tried = 0; tried < N; ++tried) {
            const size_t at = next + tried < N ? next + tried : next + tried - N;
            if (names[at] != key) continue;
            tokens[at] = value;
            next = at + 1 < N ? at + 1 : 0;
            break;
        }
        return ParseError::kNone;
    });
}

// The words between `before` and the first of `stops` behind them; empty where there are none. For
// texts that no reader gets through.
inline std::string_view Between(
    std::string_view text, std::string_view before, std::string_view stops
) noexcept {
    const size_t at = text.find(before);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = text.substr(at + before.size());
    return rest.substr(0, rest.find_first_of(stops));
}

}  // namespace mp::collector::json
