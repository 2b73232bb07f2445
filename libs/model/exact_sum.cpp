#include "model/exact_sum.hpp"

#include <algorithm>

namespace mp::model {
namespace {

// value *= 10^digits; false (and `value` spoilt) where that needs more than 128 bits.
bool ScaleUp(Int128& value, int digits) {
    while (digits > 0) {
        const int step = std::min(digits, Decimal::kMaxScale);
        const auto power = static_cast<int64_t>(kPowersOfTen[step]);
        if (__builtin_mul_overflow(value, Int128{power}, &value)) return false;
        digits -= step;
    }
    return true;
}

void Trim(Int128& value, int& scale) {
    while (scale > 0 && value % 10 == 0) {
        value /= 10;
        --scale;
    }
}

Uint128 Magnitude(Int128 value) {
    return value < 0 ? -static_cast<Uint128>(value) : static_cast<Uint128>(value);
}

// The next decimal digit of remainder / divisor; ten additions, because ten times the remainder may
// not fit. remainder < divisor <= 2^127.
unsigned NextDigit(Uint128& remainder, Uint128 divisor) {
    unsigned digit = 0;
    Uint128 sum = 0;
    for (int i = 0; i < 10; ++i) {
        sum += remainder;
        if (sum >= divisor) {
            sum -= divisor;
            ++digit;
        }
    }
    remainder = sum;
    return digit;
}

struct Quotient {
    Uint128 value = 0;
    int compared_to_half = 0;  // what was cut off: -1 below, 0 exactly, 1 above one half
    bool fits = true;
};

// numerator * 10^digits / divisor, cut to an integer.
Quotient DivideUp(Uint128 numerator, Uint128 divisor, int digits) {
    constexpr Uint128 kLargest = (~Uint128{0} >> 1) / 10 - 1;
    Quotient quotient{numerator / divisor};
    Uint128 remainder = numerator % divisor;
    for (; digits > 0; --digits) {
        if (quotient.value > kLargest) return {0, 0, false};
        quotient.value = quotient.value * 10 + NextDigit(remainder, divisor);
    }
    const Uint128 rest = divisor - remainder;
    quotient.compared_to_half = remainder > rest ? 1 : remainder == rest ? 0 : -1;
    return quotient;
}

// numerator / (divisor * 10^digits), cut to an integer. digits is at least 1.
Quotient DivideDown(Uint128 numerator, Uint128 divisor, int digits) {
    Uint128 value = numerator / divisor;
    bool rest = numerator % divisor != 0;
    unsigned last = 0;
    for (; digits > 0; --digits) {
        rest = rest || last != 0;
        last = static_cast<unsigned>(value % 10);
        value /= 10;
    }
    const int half = last > 5 || (last == 5 && rest) ? 1 : last == 5 ? 0 : -1;
    return {value, half};
}

}  // namespace

bool ExactSum::TryAdd(Int128 value, int scale) {
    Int128 sum = value_;
    const int wider = std::max(scale, scale_);
    if (!ScaleUp(sum, wider - scale_) || !ScaleUp(value, wider - scale)) return false;
    if (__builtin_add_overflow(sum, value, &sum)) return false;
    value_ = sum;
    scale_ = wider;
    return true;
}

bool ExactSum::Add(Int128 value, int scale) {
    if (TryAdd(value, scale)) return true;
    // Zeros at the end may be what did not fit.
    Trim(value, scale);
    Trim(value_, scale_);
    return TryAdd(value, scale);
}

bool ExactSum::AtLeast(const Decimal& value) const {
    const int wider = std::max(scale_, int{value.scale});
    Int128 sum = value_;
    Int128 other = value.mantissa;
    // What outgrows 128 bits at the common scale is further from 0 than what does not; only one of
    // the two is scaled up.
    if (!ScaleUp(sum, wider - scale_)) return value_ > 0;
    if (!ScaleUp(other, wider - value.scale)) return value.mantissa < 0;
    return sum >= other;
}

std::string DivideHalfEven(const ExactSum& numerator, const ExactSum& denominator, int decimals) {
    if (denominator.IsZero()) return {};
    const Uint128 above = Magnitude(numerator.value_);
    const Uint128 below = Magnitude(denominator.value_);
    const int digits = decimals + denominator.scale_ - numerator.scale_;
    Quotient quotient =
        digits >= 0 ? DivideUp(above, below, digits) : DivideDown(above, below, -digits);
    if (!quotient.fits) return {};
    const bool odd = quotient.value % 2 != 0;
    if (quotient.compared_to_half > 0 || (quotient.compared_to_half == 0 && odd)) ++quotient.value;
    if (quotient.value >> 127 != 0) return {};
    const bool negative = (numerator.value_ < 0) != (denominator.value_ < 0);
    const auto value = static_cast<Int128>(quotient.value);
    return ToDecimalText(negative ? -value : value, decimals);
}

}  // namespace mp::model
