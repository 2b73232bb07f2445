#include "base/decimal.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <rapidcheck/gtest.h>

namespace mp {
namespace {

std::string RoundTrip(std::string_view text) {
    const auto value = Decimal::Parse(text);
    return value ? value->ToString() : "refused";
}

TEST(Decimal, KeepsTheValueAndDropsTheZeros) {
    EXPECT_EQ(RoundTrip("61837.63000000"), "61837.63");
    EXPECT_EQ(RoundTrip("0.00000000"), "0");
    EXPECT_EQ(RoundTrip("100"), "100");
    EXPECT_EQ(RoundTrip("100.0"), "100");
    EXPECT_EQ(RoundTrip("-13.5"), "-13.5");
    EXPECT_EQ(RoundTrip("-0.0"), "0");
    EXPECT_EQ(RoundTrip("0.000000000000000001"), "0.000000000000000001");
    EXPECT_EQ(RoundTrip("9223372036854775807"), "9223372036854775807");
    EXPECT_EQ(RoundTrip("1.10000000000000000000000000"), "1.1");
}

TEST(Decimal, ReadsScientificNotation) {
    EXPECT_EQ(RoundTrip("2.081e-05"), "0.00002081");
    EXPECT_EQ(RoundTrip("1e-6"), "0.000001");
    EXPECT_EQ(RoundTrip("1.5E+3"), "1500");
    EXPECT_EQ(RoundTrip("0e999"), "0");
}

TEST(Decimal, RefusesWhatIsNoNumber) {
    for (std::string_view text :
         {"",
          "-",
          ".",
          "1.",
          ".5",
          "1..2",
          "1.2.3",
          "1.5.0",
          "0.00001110.0000000",
          "+1",
          "1e",
          "e5",
          "0x10",
          "1 ",
          " 1",
          "NaN",
          "inf",
          "1,5"}) {
        Decimal value{7, 0};
        EXPECT_EQ(Decimal::Parse(text, value), DecimalError::kSyntax) << text;
        EXPECT_EQ(value, (Decimal{7, 0})) << "the output is left alone";
    }
}

TEST(Decimal, RefusesWhatDoesNotFitAndNeverRounds) {
    for (std::string_view text :
         {"9223372036854775808",
          "0.0000000000000000001",
          "1e19",
          "1e-19",
          "92233720368547758.071",
          "123456789012345678901234567890"}) {
        Decimal value;
        EXPECT_EQ(Decimal::Parse(text, value), DecimalError::kOverflow) << text;
    }
}

TEST(Decimal, ComparesByValueAcrossScales) {
    EXPECT_LT(*Decimal::Parse("1.5"), *Decimal::Parse("1.51"));
    EXPECT_LT(*Decimal::Parse("-2"), *Decimal::Parse("-1.999"));
    EXPECT_EQ(*Decimal::Parse("2.50"), *Decimal::Parse("2.5"));
    EXPECT_GT(*Decimal::Parse("9223372036854775807"), *Decimal::Parse("0.000000000000000001"));
}

TEST(Decimal, CalculatesExactlyOrNotAtAll) {
    EXPECT_EQ(Add(*Decimal::Parse("0.1"), *Decimal::Parse("0.2"))->ToString(), "0.3");
    EXPECT_EQ(Subtract(*Decimal::Parse("1"), *Decimal::Parse("1.00"))->ToString(), "0");
    EXPECT_EQ(
        Multiply(*Decimal::Parse("7399887.86"), *Decimal::Parse("0.01"))->ToString(), "73998.8786"
    );
    EXPECT_FALSE(Multiply(*Decimal::Parse("9223372036854775807"), *Decimal::Parse("10")));
    EXPECT_FALSE(MantissaAt(*Decimal::Parse("1.25"), 1)) << "would round";
    EXPECT_EQ(MantissaAt(*Decimal::Parse("1.25"), 4), 12500);
}

RC_GTEST_PROP(Decimal, TextRoundTripsForEveryValue, (int64_t mantissa)) {
    const int scale = *rc::gen::inRange(0, 19);
    RC_PRE(mantissa != std::numeric_limits<int64_t>::min());
    const Decimal value = Decimal::Make(mantissa, scale);
    const auto back = Decimal::Parse(value.ToString());
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == value);
}

RC_GTEST_PROP(Decimal, NeverCrashesOnArbitraryText, (const std::string& text)) {
    Decimal value;
    if (Decimal::Parse(text, value) == DecimalError::kOk) {
        RC_ASSERT(Decimal::Parse(value.ToString()) == value);
    }
}

}  // namespace
}  // namespace mp
