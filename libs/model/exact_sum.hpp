#pragma once
// Sums that never round: 128-bit integers with a decimal scale.

#include <string>

#include "base/decimal.hpp"
#include "base/int128.hpp"

namespace mp::model {

class ExactSum {
  public:
    // False where the result needs more than 128 bits; the sum is then as before.
    bool Add(const Decimal& value) { return Add(value.mantissa, value.scale); }
    bool AddProduct(const Decimal& a, const Decimal& b) {
        return Add(Int128{a.mantissa} * b.mantissa, a.scale + b.scale);
    }

    bool IsZero() const { return value_ == 0; }
    // Exact, however large either is.
    bool AtLeast(const Decimal& value) const;
    std::string ToString() const { return ToDecimalText(value_, scale_); }

    // numerator / denominator rounded half-even to `decimals` (at most 18); empty where the
    // denominator is 0 or the quotient needs more than 128 bits.
    friend std::string DivideHalfEven(
        const ExactSum& numerator, const ExactSum& denominator, int decimals
    );

  private:
    bool Add(Int128 value, int scale);
    bool TryAdd(Int128 value, int scale);

    Int128 value_ = 0;
    int scale_ = 0;
};

std::string DivideHalfEven(const ExactSum& numerator, const ExactSum& denominator, int decimals);

}  // namespace mp::model
