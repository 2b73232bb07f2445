#include "exchange-sim/decimal_text.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

TEST(DecimalText, ComparesByValue) {
    EXPECT_EQ(ParseDecimalKey("1.50"), ParseDecimalKey("1.5000"));
    EXPECT_LT(*ParseDecimalKey("9.99"), *ParseDecimalKey("10"));
    EXPECT_LT(*ParseDecimalKey("0.00000001"), *ParseDecimalKey("0.0000001"));
    EXPECT_EQ(ParseDecimalKey("x"), std::nullopt);
    EXPECT_EQ(ParseDecimalKey("1e5"), ParseDecimalKey("100000"));
    EXPECT_EQ(ParseDecimalKey("2.081e-05"), ParseDecimalKey("0.00002081"));
    EXPECT_LT(*ParseDecimalKey("-13.5"), *ParseDecimalKey("-7"));
    EXPECT_EQ(ParseDecimalKey("1e"), std::nullopt);
    EXPECT_EQ(ParseDecimalKey("1e-19"), std::nullopt);
}

TEST(DecimalText, KnowsZeroAndDigits) {
    EXPECT_TRUE(IsZeroText("0.00000000"));
    EXPECT_FALSE(IsZeroText("0.00000001"));
    EXPECT_EQ(SignificantFractionDigits("61837.63000000"), 2);
    EXPECT_EQ(SignificantFractionDigits("61837.00000000"), 0);
    EXPECT_EQ(SignificantFractionDigits("5"), 0);
}

TEST(DecimalText, WritesEightDigits) {
    std::string out;
    AppendE8(out, 6'183'763'000'000);
    out += ' ';
    AppendE8(out, -1);
    EXPECT_EQ(out, "61837.63000000 -0.00000001");
}

TEST(DecimalText, WritesPlainDecimals) {
    std::string out;
    for (const std::int64_t value : {6'183'763'000'000, 500'000'000L, 0L, -150'000'000L}) {
        AppendPlainE8(out, value);
        out += ' ';
    }
    EXPECT_EQ(out, "61837.63 5 0 -1.5 ");
}

TEST(DecimalText, MultipliesWithoutOverflow) {
    EXPECT_EQ(MultiplyE8(64'000 * kE8, 1'000'000 * kE8 / 1000), 64'000'000 * kE8);
}

}  // namespace
}  // namespace mp::sim
