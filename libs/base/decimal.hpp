#pragma once
// Exact decimal numbers: what exchanges send, never rounded.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/int128.hpp"

namespace mp {

enum class DecimalError : uint8_t {
    kOk,
    kSyntax,    // not a decimal number
    kOverflow,  // needs more than 64 bits or more than 18 decimals
};

// mantissa / 10^scale. Canonical: scale 0..18, no trailing zeros, zero is {0, 0}; so equal values
// are equal members. Trivially copyable.
struct Decimal {
    static constexpr int kMaxScale = 18;

    int64_t mantissa = 0;
    uint8_t scale = 0;

    // The canonical form of mantissa / 10^scale; scale must be 0..18.
    static Decimal Make(int64_t mantissa, int scale) noexcept;

    // Reads [-]digits[.digits][(e|E)[+-]digits]. Writes `out` only on kOk. Does not allocate.
    static DecimalError Parse(std::string_view text, Decimal& out) noexcept;
    static std::optional<Decimal> Parse(std::string_view text) noexcept;

    bool IsZero() const noexcept { return mantissa == 0; }
    std::string ToString() const;
    void AppendTo(std::string& out) const;

    friend bool operator==(const Decimal&, const Decimal&) = default;
    friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) noexcept;
};

// The mantissa of `value` at `scale`, or nothing where that needs more than 64 bits (or would
// round).
std::optional<int64_t> MantissaAt(const Decimal& value, int scale) noexcept;

// Exact sum, difference and product; nothing where the result is no Decimal.
std::optional<Decimal> Add(const Decimal& a, const Decimal& b) noexcept;
std::optional<Decimal> Subtract(const Decimal& a, const Decimal& b) noexcept;
std::optional<Decimal> Multiply(const Decimal& a, const Decimal& b) noexcept;

// clang-format off
inline constexpr uint64_t kPowersOfTen[] = {
    1ull, 10ull, 100ull, 1000ull, 10000ull, 100000ull, 1000000ull, 10000000ull, 100000000ull,
    1000000000ull, 10000000000ull, 100000000000ull, 1000000000000ull, 10000000000000ull,
    100000000000000ull, 1000000000000000ull, 10000000000000000ull, 100000000000000000ull,
    1000000000000000000ull, 10000000000000000000ull};
// clang-format on

// 128-bit text of a sum that a Decimal does not hold: value / 10^scale, canonical.
std::string ToDecimalText(Int128 value, int scale);

}  // namespace mp
