// Decimals as exchanges write them.
#include "base/decimal.hpp"
#include "fuzz.hpp"

namespace mp::fuzz {

std::vector<std::string> Seeds() {
    return {
        "61000.50000000", "-0.000000000000000001", "9223372036854775807", "1e-8", "5E+3", "0.0"};
}

void Try(std::string_view input) {
    Decimal value{42, 7};
    if (Decimal::Parse(input, value) != DecimalError::kOk) {
        Require(value == Decimal{42, 7}, "a refused text changes nothing");
        return;
    }
    Require(value.scale <= Decimal::kMaxScale, "the scale has a bound");
    Require(value.scale == 0 || value.mantissa % 10 != 0, "the form is canonical");
    const auto again = Decimal::Parse(value.ToString());
    Require(again && *again == value, "a value survives its text");
    const auto twice = Add(value, value);
    const auto back = twice ? Subtract(*twice, value) : value;
    Require(back && *back == value, "sums are exact");
    if (const auto square = Multiply(value, value)) {
        Require(square->mantissa >= 0, "a square is not negative");
    }
    Require(
        (value <=> Decimal{}) == (value.mantissa <=> 0), "order is that of the mantissa's sign"
    );
}

}  // namespace mp::fuzz
