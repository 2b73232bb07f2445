#pragma once
// The fields of a Binance payload: nearly all keys are single letters, so a table by letter takes
// them in any order; the few of two letters that matter have places behind 'z'. Values are kept as
// they stand in the message and read once it is known what they are.

#include <cstdint>
#include <string_view>

#include "collector/venues/frame_parser.hpp"
#include "collector/venues/json/scalar.hpp"

namespace mp::collector::binance {

class LetterFields {
  public:
    static constexpr char kNoKey = 0;
    static constexpr char kPrevious = 'z' + 1;  // "pu": the update before this one
    static constexpr char kSide = 'z' + 2;      // "st": 1 USD-M, 2 COIN-M

    static bool IsLetter(char c) noexcept { return c >= 'A' && c <= 'z'; }
    // A kline, a forced order.
    static bool IsNesting(char key) noexcept { return key == 'k' || key == 'o'; }
    // The place of a key of two letters; kNoKey where nobody reads it.
    static char PairKey(char first, char second) noexcept {
        if (first == 'p' && second == 'u') return kPrevious;
        return first == 's' && second == 't' ? kSide : kNoKey;
    }

    void Clear() noexcept { seen_ = 0; }
    void Set(char letter, std::string_view token) noexcept {
        tokens_[letter - 'A'] = token;
        seen_ |= uint64_t{1} << (letter - 'A');
    }
    bool Has(char letter) const noexcept { return (seen_ >> (letter - 'A') & 1) != 0; }
    // Has, and not as an empty text or null.
    bool HasValue(char letter) const noexcept {
        return Has(letter) && (*this)[letter] != "\"\"" && (*this)[letter] != "null";
    }
    // Only where Has.
    std::string_view operator[](char letter) const noexcept { return tokens_[letter - 'A']; }

  private:
    uint64_t seen_ = 0;
    std::string_view tokens_[kSide - 'A' + 1];
};

// Reads typed fields and remembers the first thing that was wrong.
class FieldReader {
  public:
    // `before`: what was wrong already; then nothing is read.
    explicit FieldReader(const LetterFields& fields, ParseError before = ParseError::kNone) noexcept
        : fields_(fields), error_(before) {}

    template <typename T, typename Read>
    FieldReader& Get(char letter, T& out, Read read) noexcept {
        if (error_ != ParseError::kNone) return *this;
        error_ = fields_.Has(letter) ? read(fields_[letter], out) : ParseError::kMissing;
        return *this;
    }
    FieldReader& Decimal(char letter, mp::Decimal& out) noexcept {
        return Get(letter, out, json::ReadDecimal);
    }
    FieldReader& Decimal(char letter, std::optional<mp::Decimal>& out) noexcept {
        return Decimal(letter, out.emplace());
    }
    FieldReader& Unsigned(char letter, uint64_t& out) noexcept {
        return Get(letter, out, json::ReadUnsigned);
    }
    FieldReader& Time(char letter, Nanos& out) noexcept {
        return Get(letter, out, json::ReadMilliseconds);
    }
    FieldReader& Bool(char letter, bool& out) noexcept { return Get(letter, out, json::ReadBool); }
    FieldReader& Text(char letter, std::string_view& out) noexcept {
        return Get(letter, out, json::ReadText);
    }

    ParseError error() const noexcept { return error_; }

  private:
    const LetterFields& fields_;
    ParseError error_;
};

}  // namespace mp::collector::binance
