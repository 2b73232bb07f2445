#pragma once
// The fast way into Binance's messages as they normally come: compact, ASCII, nothing nested but
// price levels, a kline or a forced order. It takes what is plainly so and refuses everything else
// (blanks, escapes, other shapes, damage): the caller then reads the message with a general JSON
// parser, which judges it.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "collector/venues/binance/letter_fields.hpp"

namespace mp::collector::binance {

static_assert(std::endian::native == std::endian::little);

class CompactReader {
  public:
    // At least 16 bytes are readable behind `frame`.
    explicit CompactReader(std::string_view frame) noexcept
        : p_(frame.data()), end_(p_ + frame.size()) {}

    // {"stream":"...","data":{...}} or the payload alone. False: not that plain.
    bool Read(LetterFields& fields, LetterFields& nested) noexcept {
        const bool combined = Take(R"({"stream":")");
        if (combined && (!SkipString() || !Take(R"(,"data":)"))) return false;
        if (!ReadFields(fields, &nested)) return false;
        return (!combined || Take("}")) && p_ == end_;
    }

  private:
    bool Take(std::string_view text) noexcept {
        if (static_cast<size_t>(end_ - p_) < text.size()) return false;
        if (std::memcmp(p_, text.data(), text.size()) != 0) return false;
        p_ += text.size();
        return true;
    }

    // {"e":...,"E":...}
    bool ReadFields(LetterFields& fields, LetterFields* nested) noexcept {
        if (p_ == end_ || *p_++ != '{') return false;
        for (;;) {
            char key = LetterFields::kNoKey;
            if (!ReadKey(key)) return false;
            const char* begin = p_;
            if (!ReadValue(key, nested) || p_ >= end_) return false;
            if (key != LetterFields::kNoKey) {
                fields.Set(key, std::string_view(begin, static_cast<size_t>(p_ - begin)));
            }
            const char separator = *p_++;
            if (separator == '}') return true;
            if (separator != ',') return false;
        }
    }

    // "e": or "pu":
    bool ReadKey(char& key) noexcept {
        if (end_ - p_ < 6 || p_[0] != '"' || !LetterFields::IsLetter(p_[1])) return false;
        if (p_[2] == '"' && p_[3] == ':') {
            key = p_[1];
            p_ += 4;
            return true;
        }
        if (!LetterFields::IsLetter(p_[2]) || p_[3] != '"' || p_[4] != ':') return false;
        // A backslash is among the letters of the table, but two of them make an escape.
        if (p_[1] == '\\' || p_[2] == '\\') return false;
        key = LetterFields::PairKey(p_[1], p_[2]);
        p_ += 5;
        return true;
    }

    bool ReadValue(char key, LetterFields* nested) noexcept {
        switch (*p_) {
            case '"':
                ++p_;
                return SkipString();
            case '[':
                return SkipLevels();
            case '{':
                return LetterFields::IsNesting(key) && nested != nullptr &&
                       ReadFields(*nested, nullptr);
            case 't':
                return Take("true");
            case 'f':
                return Take("false");
            default:
                return SkipDigits();
        }
    }

    // From behind the opening quote to behind the closing one; printable ASCII without escapes
    // only.
    bool SkipString() noexcept {
        constexpr uint64_t kOnes = 0x0101010101010101ull;
        constexpr uint64_t kHigh = 0x8080808080808080ull;
        const auto zero = [](uint64_t word) { return (word - kOnes) & ~word; };
        while (p_ < end_) {
            const uint64_t word = json::detail::Load8(p_);
            const uint64_t stops = (zero(word ^ kOnes * '"') | zero(word ^ kOnes * '\\') | word |
                                    ((word - kOnes * ' ') & ~word)) &
                                   kHigh;
            if (stops == 0) {
                p_ += 8;
                continue;
            }
            p_ += std::countr_zero(stops) / 8;
            return *p_++ == '"' && p_ <= end_;
        }
        return false;
    }

    bool SkipDigits() noexcept {
        const char* begin = p_;
        while (p_ < end_) {
            const uint64_t digits = json::detail::Load8(p_) ^ json::detail::kZeros;
            const uint64_t others =
                (digits | (digits + 0x7676767676767676ull)) & 0x8080808080808080ull;
            if (others != 0) {
                p_ += std::countr_zero(others) / 8;
                return p_ != begin;
            }
            p_ += 8;
        }
        return false;
    }

    // [] or [[...],...]: to behind the first "]]"; the reader of levels judges what is inside.
    bool SkipLevels() noexcept {
        if (Take("[]")) return true;
        for (const char* at = p_;;) {
            at = static_cast<const char*>(std::memchr(at, ']', static_cast<size_t>(end_ - at)));
            if (at == nullptr) return false;
            ++at;
            if (*at == ']') {
                p_ = at + 1;
                return true;
            }
        }
    }

    const char* p_;
    const char* end_;
};

}  // namespace mp::collector::binance
