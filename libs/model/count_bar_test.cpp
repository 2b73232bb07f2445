#include "model/count_bar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mp::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Nanos kDay = 86400 * kSecond;

CountInterval I(std::string_view text) {
    return CountInterval::Parse(text).value();
}

Trade Of(std::string_view quantity, std::string_view price = "100") {
    Trade trade;
    trade.price = *Decimal::Parse(price);
    trade.quantity = *Decimal::Parse(quantity);
    return trade;
}

struct At {
    Nanos time;
    Trade trade;
};

std::vector<CountedBar> Count(std::string_view interval, const std::vector<At>& trades) {
    CountBarBuilder builder(I(interval));
    std::vector<CountedBar> bars;
    for (const At& at : trades) {
        if (builder.IsOver(at.time)) bars.push_back(builder.Finish());
        EXPECT_TRUE(builder.Add(at.time, at.trade).ok());
        if (builder.full()) bars.push_back(builder.Finish());
    }
    if (!builder.empty()) bars.push_back(builder.Finish());
    return bars;
}

std::vector<std::string> Volumes(const std::vector<CountedBar>& bars) {
    std::vector<std::string> volumes;
    for (const CountedBar& bar : bars) volumes.push_back(bar.candle.volume);
    return volumes;
}

TEST(CountInterval, ReadsTradesAndVolumes) {
    EXPECT_EQ(I("100t").ToString(), "100t");
    EXPECT_EQ(I("0.50v").ToString(), "0.5v");
    EXPECT_EQ(I("1000v").ToString(), "1000v");
    EXPECT_TRUE(I("1v").by_volume());
    EXPECT_FALSE(I("1t").by_volume());
    for (const char* text :
         {"",     "t",           "v",   "0t",    "01t",    "-1t",
          "1.5t", "1000000001t", "0v",  "0.0v",  "-1v",    ".5v",
          "1.v",  "1e3v",        "01v", "1..2v", "1.2.3v", "0.0000000000000000001v",
          "1m",   "1 t"}) {
        EXPECT_FALSE(CountInterval::Parse(text).ok()) << text;
    }
}

TEST(BarInterval, IsOfOneKind) {
    EXPECT_TRUE(std::holds_alternative<CandleInterval>(ParseBarInterval("1M").value()));
    EXPECT_TRUE(std::holds_alternative<CountInterval>(ParseBarInterval("5t").value()));
    EXPECT_THAT(
        std::string(ParseBarInterval("7x").status().message()), HasSubstr("1M, 100t or 0.5v: 7x")
    );
}

TEST(CountBars, HoldSoManyTrades) {
    const auto bars = Count(
        "2t",
        {{10, Of("1", "5")}, {20, Of("2", "7")}, {20, Of("3", "6")}, {30, Of("4")}, {40, Of("5")}}
    );
    ASSERT_EQ(bars.size(), 3u);
    EXPECT_THAT(Volumes(bars), ElementsAre("3", "7", "5"));
    const Candle& first = bars[0].candle;
    EXPECT_EQ(first.open_time, 10);
    EXPECT_EQ(first.close_time, 21);
    EXPECT_EQ(first.high.ToString(), "7");
    EXPECT_EQ(first.vwap, "6.333333333333");
    EXPECT_EQ(first.number, 0u);
    EXPECT_EQ(bars[2].candle.number, 2u);
    // Both ends of what each bar was made of, as far as can be known.
    EXPECT_EQ(bars[0].needed, (Interval{0, 21}));
    EXPECT_EQ(bars[1].needed, (Interval{20, 31})) << "shares an instant with the bar before";
    EXPECT_EQ(bars[2].needed, (Interval{31, kDay})) << "open as long as its day is";
}

TEST(CountBars, ATradeIsNeverSplit) {
    const auto bars = Count(
        "1v",
        {{1, Of("0.4")},
         {2, Of("0.6")},
         {3, Of("0.9")},
         {4, Of("7.25")},
         {5, Of("1")},
         {6, Of("0.5")}}
    );
    EXPECT_THAT(Volumes(bars), ElementsAre("1", "8.15", "1", "0.5"));
}

TEST(CountBars, EveryDayIsCountedFromItsFirstTrade) {
    const auto bars = Count(
        "2t",
        {{kDay - 3, Of("1")},
         {kDay - 2, Of("2")},
         {kDay - 1, Of("3")},
         {kDay, Of("4")},
         {kDay + 1, Of("5")},
         {5 * kDay, Of("6")}}
    );
    EXPECT_THAT(Volumes(bars), ElementsAre("3", "3", "9", "6"));
    EXPECT_EQ(bars[1].needed, (Interval{kDay - 1, kDay}));
    EXPECT_EQ(bars[2].candle.number, 0u);
    EXPECT_EQ(bars[2].needed, (Interval{kDay, kDay + 2}));
    EXPECT_EQ(bars[3].candle.number, 0u);
}

TEST(CountBars, VolumeNeedsTheBaseCurrency) {
    CountBarBuilder builder(I("1v"));
    Trade trade = Of("3");
    trade.quantity_unit = QuantityUnit::kContracts;
    const Status refused = builder.Add(1, trade);
    EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(refused.message()), HasSubstr("interval: "));
    trade.base_quantity = *Decimal::Parse("0.5");
    ASSERT_TRUE(builder.Add(1, trade).ok());
    EXPECT_FALSE(builder.full());
    ASSERT_TRUE(builder.Add(2, trade).ok());
    EXPECT_TRUE(builder.full());
    trade.base_quantity.reset();
    EXPECT_THAT(Volumes(Count("1t", {{1, trade}})), ElementsAre("3")) << "ticks count anything";
}

TEST(ExactSum, ComparesExactly) {
    ExactSum sum;
    ASSERT_TRUE(sum.Add(*Decimal::Parse("0.1")) && sum.Add(*Decimal::Parse("0.2")));
    EXPECT_TRUE(sum.AtLeast(*Decimal::Parse("0.3")));
    EXPECT_FALSE(sum.AtLeast(*Decimal::Parse("0.300000000000000001")));
    EXPECT_TRUE(sum.AtLeast(*Decimal::Parse("-9223372036854775807")));
    ExactSum huge;
    const Decimal most = *Decimal::Parse("9223372036854775807");
    ASSERT_TRUE(huge.AddProduct(most, most));
    EXPECT_TRUE(huge.AtLeast(*Decimal::Parse("0.000000000000000001")));
    EXPECT_TRUE(huge.AtLeast(most));
    ExactSum tiny;
    ASSERT_TRUE(tiny.AddProduct(Decimal{1, 18}, Decimal{1, 18}));
    EXPECT_FALSE(tiny.AtLeast(most));
    EXPECT_TRUE(tiny.AtLeast(Decimal{}));
}

// Wherever counting is taken up again, the bars are the same.
RC_GTEST_PROP(CountBars, GoOnAsIfTheyHadNeverStopped, (std::vector<uint8_t> steps)) {
    std::vector<At> trades;
    Nanos time = 0;
    for (const uint8_t step : steps) {
        time += step % 8 == 0 ? kDay / 3 : step % 3;
        trades.push_back({time, Of(std::to_string(1 + step % 5))});
    }
    for (const std::string_view interval : {"3t", "4v"}) {
        const std::vector<CountedBar> all = Count(interval, trades);
        size_t seen = 0;
        for (size_t i = 0; i < all.size(); ++i) {
            seen += all[i].candle.trade_count;
            CountBarBuilder builder(I(interval));
            builder.Resume(*all[i].candle.number + 1, all[i].candle.close_time);
            for (size_t t = seen; t < trades.size() && !builder.full(); ++t) {
                if (builder.IsOver(trades[t].time)) break;
                RC_ASSERT(builder.Add(trades[t].time, trades[t].trade).ok());
            }
            if (i + 1 == all.size()) break;
            const CountedBar next = builder.Finish();
            RC_ASSERT(next.candle == all[i + 1].candle);
            RC_ASSERT(next.needed == all[i + 1].needed);
        }
    }
}

}  // namespace
}  // namespace mp::model
