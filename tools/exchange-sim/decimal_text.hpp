#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/int128.hpp"

// Decimals as text. The simulator's own arithmetic, on purpose not that of libs/base: its books are
// what others are checked against.
namespace mp::sim {

// A decimal in comparable form.
struct DecimalKey {
    Int128 units = 0;  // of 10^-18

    auto operator<=>(const DecimalKey&) const = default;
};

// Also of "-13.5" and "1e-6"; nothing for what is no decimal or has digits beyond 10^-18.
std::optional<DecimalKey> ParseDecimalKey(std::string_view text);

bool IsZeroText(std::string_view decimal);

// Digits after the point without trailing zeros: "61837.63000000" has 2.
int SignificantFractionDigits(std::string_view decimal);

// Prices and quantities of the generated market are integers in units of 10^-8.
inline constexpr std::int64_t kE8 = 100'000'000;
void AppendE8(std::string& out, std::int64_t value_e8);
// Without needless zeros: 61837.6, 5, 0.
void AppendPlainE8(std::string& out, std::int64_t value_e8);
void AppendInteger(std::string& out, std::int64_t value);

// 10^-digits
constexpr std::int64_t StepE8(int digits) {
    std::int64_t step = kE8;
    for (int i = 0; i < digits; ++i) step /= 10;
    return step;
}

// price * quantity, both in 10^-8. The specs of the generated symbols make it exact.
inline std::int64_t MultiplyE8(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<Int128>(a) * b / kE8);
}

inline std::int64_t DivideE8(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<Int128>(a) * kE8 / b);
}

}  // namespace mp::sim
