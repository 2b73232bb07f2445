#pragma once
// A forward reader over JSON text whose shape is known: no tree, no copies, no allocation. It
// checks the structure that it passes over; what a token means is judged by whoever reads it. At
// least 16 bytes must be readable behind the text.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

#include "collector/venues/frame_parser.hpp"
#include "collector/venues/json/names.hpp"
#include "collector/venues/json/scalar.hpp"

namespace mp::collector::json {

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

    // The same where it is `name`, without looking for its end; stands where it stood where it is
    // not.
    bool TakeKey(const Name& name) noexcept {
        const size_t size = name.text().size();
        if (static_cast<size_t>(end_ - p_) < size + 3 || *p_ != '"') return false;
        if (!name.Begins(p_ + 1) || p_[size + 1] != '"' || p_[size + 2] != ':') return false;
        p_ += size + 3;
        return true;
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
        const char* p = p_;
        while (p < end_) {
            const uint64_t word = detail::Load8(p);
            const uint64_t stops = (Zeros(word ^ kOnes * '"') | Zeros(word ^ kOnes * '\\') |
                                    ((word - kOnes * ' ') & ~word)) &
                                   kHigh;
            if (stops == 0) {
                p += 8;
                continue;
            }
            p += std::countr_zero(stops) / 8;
            if (*p == '\\') {
                p += 2;
                continue;
            }
            const bool closed = *p++ == '"' && p <= end_;
            p_ = p;
            return closed;
        }
        p_ = p;
        return false;
    }

    // A number, true, false, null.
    bool SkipPlain() noexcept {
        const char* p = BehindDigitsAndPoints(p_);
        while (p < end_ && kPlain[static_cast<unsigned char>(*p)]) ++p;
        const bool any = p != p_;
        p_ = p;
        return any;
    }
    // As far as a number is "0123456789-.", eight at once.
    const char* BehindDigitsAndPoints(const char* p) const noexcept {
        while (p < end_) {
            const uint64_t word = detail::Load8(p);
            const uint64_t below = (word - kOnes * '-') & ~word;
            const uint64_t above = ((word & ~kHigh) + kOnes * (0x7f - '9')) | word;
            const uint64_t stops = (below | above | Zeros(word ^ kOnes * '/')) & kHigh;
            if (stops != 0) return std::min(p + std::countr_zero(stops) / 8, end_);
            p += 8;
        }
        return end_;
    }
    static constexpr uint64_t kOnes = 0x0101010101010101ull;
    static constexpr uint64_t kHigh = 0x8080808080808080ull;
    // The high bit of each byte that is 0, right up to the first one.
    static uint64_t Zeros(uint64_t word) noexcept { return (word - kOnes) & ~word; }
    static constexpr std::array<bool, 256> kPlain = [] {
        std::array<bool, 256> plain{};
        for (const char c : std::string_view("0123456789abcdefghijklmnopqrstuvwxyz-.+E")) {
            plain[static_cast<unsigned char>(c)] = true;
        }
        return plain;
    }();

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

// Reads an object: `member`, called with where each key stands among the names, reads the value
// that comes next; others are passed over. The name behind the one found last is tried first:
// messages keep their order.
template <size_t N, typename Member>
ParseError ReadObject(Cursor& cursor, const Names<N>& names, Member&& member) noexcept {
    if (!cursor.Take('{')) return ParseError::kType;
    if (cursor.Take('}')) return ParseError::kNone;
    size_t next = 0;
    do {
        size_t at = next;
        if (!cursor.TakeKey(names[next])) {
            std::string_view key;
            if (!cursor.TakeKey(key)) return ParseError::kSyntax;
            at = names.Find(key, next);
        }
        if (at == Names<N>::kNone) {
            std::string_view unread;
            if (!cursor.TakeValue(unread)) return ParseError::kSyntax;
            continue;
        }
        next = at + 1 < N ? at + 1 : 0;
        const ParseError error = member(at);
        if (error != ParseError::kNone) return error;
    } while (cursor.Take(','));
    return cursor.Take('}') ? ParseError::kNone : ParseError::kSyntax;
}

// As ReadObject, of a text that holds one object and nothing else.
template <size_t N, typename Member>
ParseError ReadDocument(Cursor& cursor, const Names<N>& names, Member&& member) noexcept {
    if (cursor.Peek() != '{') return ParseError::kSyntax;
    const ParseError error = ReadObject(cursor, names, member);
    if (error != ParseError::kNone) return error;
    return cursor.AtEnd() ? ParseError::kNone : ParseError::kSyntax;
}

// The values of an object's members that are of interest, as they stand; empty where there is no
// such member.
template <size_t N>
using Tokens = std::array<std::string_view, N>;

// Reads an object.
template <size_t N>
ParseError ReadMembers(Cursor& cursor, const Names<N>& names, Tokens<N>& tokens) noexcept {
    tokens.fill({});
    return ReadObject(cursor, names, [&](size_t at) noexcept {
        return cursor.TakeValue(tokens[at]) ? ParseError::kNone : ParseError::kSyntax;
    });
}

// Reads an array whose places have meanings; empty where it ends earlier. `columns`: how many there
// are, also beyond those of interest.
template <size_t N>
ParseError ReadColumns(Cursor& cursor, Tokens<N>& tokens, size_t* columns = nullptr) noexcept {
    tokens.fill({});
    size_t count = 0;
    const ParseError error = ReadArray(cursor, [&]() noexcept {
        std::string_view value;
        if (!cursor.TakeValue(value)) return ParseError::kSyntax;
        if (count < N) tokens[count] = value;
        ++count;
        return ParseError::kNone;
    });
    if (columns != nullptr) *columns = count;
    return error;
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
