#include "model/candle.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <rapidcheck/gtest.h>

namespace mp::model {
namespace {

Nanos T(std::string_view text) {
    return ParseTime(text).value();
}

CandleInterval I(std::string_view text) {
    return CandleInterval::Parse(text).value();
}

std::string Open(std::string_view interval, std::string_view time) {
    return FormatTime(I(interval).OpenOf(T(time))).substr(0, 19);
}

std::string Close(std::string_view interval, std::string_view time) {
    return FormatTime(I(interval).CloseOf(T(time))).substr(0, 19);
}

TEST(CandleInterval, AlignsInUtc) {
    EXPECT_EQ(Open("15m", "2024-08-08T23:54:15.2Z"), "2024-08-08T23:45:00");
    EXPECT_EQ(Open("4h", "2024-08-08T23:54:15Z"), "2024-08-08T20:00:00");
    EXPECT_EQ(Open("1d", "2024-08-08T23:54:15Z"), "2024-08-08T00:00:00");
    EXPECT_EQ(Open("1w", "2024-08-08T23:54:15Z"), "2024-08-05T00:00:00") << "a Monday";
    EXPECT_EQ(Open("1w", "2024-08-05T00:00:00Z"), "2024-08-05T00:00:00");
    EXPECT_EQ(Close("1w", "2024-08-11T23:59:59Z"), "2024-08-12T00:00:00");
    EXPECT_EQ(Open("1M", "2024-02-29T12:00:00Z"), "2024-02-01T00:00:00");
    EXPECT_EQ(Close("1M", "2024-02-29T12:00:00Z"), "2024-03-01T00:00:00");
    EXPECT_EQ(Open("3M", "2024-12-31T23:00:00Z"), "2024-10-01T00:00:00");
    EXPECT_EQ(Close("1M", "2024-12-31T23:00:00Z"), "2025-01-01T00:00:00");
    EXPECT_EQ(Open("1M", "1969-12-31T23:00:00Z"), "1969-12-01T00:00:00");
    EXPECT_EQ(Open("1h", "1969-12-31T23:30:00Z"), "1969-12-31T23:00:00");
}

TEST(CandleInterval, RefusesOtherText) {
    for (const char* text :
         {"",
          "m",
          "1",
          "0m",
          "01m",
          "-1m",
          "1.5m",
          "1 m",
          "1min",
          "1y",
          "101w1",
          "99999999d",
          "999999999999999999999s",
          "1ms"}) {
        EXPECT_FALSE(CandleInterval::Parse(text).ok()) << text;
    }
    EXPECT_EQ(I("15m").ToString(), "15m");
}

TEST(CandleInterval, StaysInRangeAtTheEndsOfTime) {
    for (const char* text : {"1s", "7d", "100w", "1M", "1200M", "36500d"}) {
        for (const Nanos time :
             {std::numeric_limits<Nanos>::min(), std::numeric_limits<Nanos>::max(), Nanos{0}}) {
            EXPECT_LE(I(text).OpenOf(time), time) << text;
            EXPECT_GE(I(text).CloseOf(time), time) << text;
        }
    }
}

RC_GTEST_PROP(CandleInterval, EveryInstantIsInExactlyOneBar, (int32_t seconds)) {
    const auto text =
        *rc::gen::elementOf(std::vector<std::string>{"7s", "15m", "1h", "3d", "2w", "1M", "5M"});
    const CandleInterval interval = I(text);
    const Nanos time = seconds * kSecond + 1;
    const Nanos open = interval.OpenOf(time);
    const Nanos close = interval.CloseOf(time);
    RC_ASSERT(open <= time && time < close);
    RC_ASSERT(interval.OpenOf(open) == open);
    RC_ASSERT(interval.OpenOf(close - 1) == open);
    RC_ASSERT(interval.OpenOf(close) == close);
    RC_ASSERT(interval.CloseOf(open) == close);
}

Trade At(std::string_view price, std::string_view quantity) {
    Trade trade;
    trade.price = *Decimal::Parse(price);
    trade.quantity = *Decimal::Parse(quantity);
    return trade;
}

TEST(CandleBuilder, MakesBarsOfTrades) {
    CandleBuilder builder(I("1m"));
    std::vector<Candle> bars;
    ASSERT_TRUE(builder.Add(T("2024-08-08T00:00:01Z"), At("100.5", "2"), bars).ok());
    ASSERT_TRUE(builder.Add(T("2024-08-08T00:00:02Z"), At("101", "0.5"), bars).ok());
    ASSERT_TRUE(builder.Add(T("2024-08-08T00:00:59.999Z"), At("99", "0.25"), bars).ok());
    EXPECT_TRUE(bars.empty());
    ASSERT_TRUE(builder.Add(T("2024-08-08T00:05:00Z"), At("98", "1"), bars).ok());
    builder.Finish(bars);
    ASSERT_EQ(bars.size(), 2u) << "empty bars are left out";
    const Candle& bar = bars[0];
    EXPECT_EQ(bar.open_time, T("2024-08-08T00:00:00Z"));
    EXPECT_EQ(bar.close_time, T("2024-08-08T00:01:00Z"));
    EXPECT_EQ(bar.open.ToString(), "100.5");
    EXPECT_EQ(bar.high.ToString(), "101");
    EXPECT_EQ(bar.low.ToString(), "99");
    EXPECT_EQ(bar.close.ToString(), "99");
    EXPECT_EQ(bar.volume, "2.75");
    EXPECT_EQ(bar.quote_volume, "276.25");
    EXPECT_EQ(bar.vwap, "100.454545454545");
    EXPECT_EQ(bar.trade_count, 3u);
    EXPECT_EQ(bars[1].open_time, T("2024-08-08T00:05:00Z"));
    EXPECT_EQ(bars[1].vwap, "98");
    builder.Finish(bars);
    EXPECT_EQ(bars.size(), 2u);
}

TEST(CandleBuilder, CountsWhatTheQuantityCounts) {
    const auto bar_of = [](const Trade& trade) {
        CandleBuilder builder(I("1m"));
        std::vector<Candle> bars;
        EXPECT_TRUE(builder.Add(0, trade, bars).ok());
        builder.Finish(bars);
        return bars.at(0);
    };
    Trade trade = At("50000", "3");
    trade.quantity_unit = QuantityUnit::kContracts;
    EXPECT_EQ(bar_of(trade).quote_volume, "");
    EXPECT_EQ(bar_of(trade).volume, "3");
    trade.base_quantity = *Decimal::Parse("0.03");
    EXPECT_EQ(bar_of(trade).quote_volume, "1500");
    EXPECT_EQ(bar_of(trade).volume, "0.03");
    trade.base_quantity.reset();
    trade.quantity_unit = QuantityUnit::kQuote;
    EXPECT_EQ(bar_of(trade).quote_volume, "3");
}

TEST(CandleBuilder, SaysWhenASumDoesNotFitAndGoesOn) {
    CandleBuilder builder(I("1m"));
    std::vector<Candle> bars;
    const Trade huge = At("9223372036854775807", "9223372036854775807");
    ASSERT_TRUE(builder.Add(0, huge, bars).ok());
    ASSERT_TRUE(builder.Add(1, At("1", "1"), bars).ok());
    ASSERT_TRUE(builder.Add(2, huge, bars).ok());
    EXPECT_EQ(builder.Add(3, huge, bars).code(), StatusCode::kOutOfRange);
    builder.Finish(bars);
    ASSERT_EQ(bars.size(), 1u);
    EXPECT_EQ(bars[0].trade_count, 3u);
    EXPECT_EQ(bars[0].volume, "18446744073709551615");
    EXPECT_EQ(bars[0].quote_volume, "170141183460469231694793815568465002499");
}

TEST(CandleBuilder, RefusesATradeBeforeItsBar) {
    CandleBuilder builder(I("1m"));
    std::vector<Candle> bars;
    ASSERT_TRUE(builder.Add(T("2024-08-08T00:01:00Z"), At("1", "1"), bars).ok());
    EXPECT_EQ(
        builder.Add(T("2024-08-08T00:00:59Z"), At("1", "1"), bars).code(),
        StatusCode::kFailedPrecondition
    );
}

std::string Divide(std::string_view above, std::string_view below, int decimals) {
    ExactSum a, b;
    EXPECT_TRUE(a.Add(*Decimal::Parse(above)) && b.Add(*Decimal::Parse(below)));
    return DivideHalfEven(a, b, decimals);
}

TEST(ExactSum, DividesHalfEven) {
    EXPECT_EQ(Divide("1", "3", 12), "0.333333333333");
    EXPECT_EQ(Divide("2", "3", 12), "0.666666666667");
    EXPECT_EQ(Divide("-2", "3", 2), "-0.67");
    EXPECT_EQ(Divide("0.5", "1", 0), "0");
    EXPECT_EQ(Divide("1.5", "1", 0), "2");
    EXPECT_EQ(Divide("2.5", "1", 0), "2");
    EXPECT_EQ(Divide("2.51", "1", 0), "3");
    EXPECT_EQ(Divide("0.000000000000000005", "1", 17), "0");
    EXPECT_EQ(Divide("0.000000000000000015", "1", 17), "0.00000000000000002");
    EXPECT_EQ(Divide("1", "8", 2), "0.12");
    EXPECT_EQ(Divide("3", "8", 2), "0.38");
    EXPECT_EQ(Divide("1", "0", 2), "");
    EXPECT_EQ(Divide("9223372036854775807", "0.000000000000000001", 12), "");
}

TEST(ExactSum, GivesUpZerosBeforeItGivesUp) {
    ExactSum sum;
    const Decimal tiny = *Decimal::Parse("0.000000000000000001");
    ASSERT_TRUE(sum.AddProduct(tiny, tiny));
    ASSERT_TRUE(sum.AddProduct(Decimal{-1, 18}, tiny)) << "0 at scale 36";
    EXPECT_TRUE(
        sum.AddProduct(*Decimal::Parse("9223372036854775807"), *Decimal::Parse("1000000000000"))
    );
    EXPECT_EQ(sum.ToString(), "9223372036854775807000000000000");
}

RC_GTEST_PROP(ExactSum, DivisionIsTheNearestDecimal, ()) {
    const auto above = *rc::gen::inRange<int64_t>(-1'000'000'000, 1'000'000'000);
    const auto below = *rc::gen::inRange<int64_t>(1, 1'000'000);
    const int above_scale = *rc::gen::inRange(0, 10);
    const int below_scale = *rc::gen::inRange(0, 10);
    ExactSum a, b;
    RC_ASSERT(a.Add(Decimal::Make(above, above_scale)) && b.Add(Decimal::Make(below, below_scale)));
    const auto text = DivideHalfEven(a, b, 4);
    const auto quotient = Decimal::Parse(text);
    RC_ASSERT(quotient.has_value());
    // |2 * (q * b - a)| <= b * 10^-4, all at scale 22.
    const auto power = [](int n) { return Int128{static_cast<int64_t>(kPowersOfTen[n])}; };
    const Int128 product = Int128{*MantissaAt(*quotient, 4)} * below * power(18 - below_scale);
    const Int128 exact = Int128{above} * power(18 - above_scale) * 10000;
    const Int128 error = product > exact ? product - exact : exact - product;
    RC_ASSERT(2 * error <= Int128{below} * power(18 - below_scale));
}

}  // namespace
}  // namespace mp::model
