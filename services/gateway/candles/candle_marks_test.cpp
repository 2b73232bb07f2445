#include "gateway/candles/candle_marks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace mp::gateway {
namespace {

namespace pb = marketprism::v1;
using ::testing::Eq;

constexpr Nanos kMinute = 60 * kSecond;
constexpr Nanos kDay = 86'400 * kSecond;

CandleMarks Of(std::string_view interval) {
    return CandleMarks(model::ParseBarInterval(interval).value());
}

pb::Candle Bar(Nanos open, Nanos close, bool complete, const std::string& volume = "1") {
    pb::Candle bar;
    bar.set_open_time(open);
    bar.set_close_time(close);
    bar.set_volume(volume);
    bar.set_complete(complete);
    return bar;
}

// All that is asked for, as "from-to" in minutes.
std::string Asked(CandleMarks& marks) {
    std::string text;
    while (const auto bars = marks.Take()) {
        text += (text.empty() ? "" : " ") + std::to_string(bars->from / kMinute) + "-" +
                std::to_string(bars->to / kMinute);
    }
    return text;
}

TEST(CandleMarks, AsksForTheBarOfEachTradeOnce) {
    CandleMarks marks = Of("5m");
    marks.Touch(7 * kMinute);
    marks.Touch(8 * kMinute);
    marks.Touch(31 * kMinute);
    marks.Touch(10 * kMinute);
    EXPECT_EQ(Asked(marks), "5-15 30-35");
    EXPECT_TRUE(marks.empty());
    EXPECT_EQ(marks.Take(), std::nullopt);
    marks.Touch(7 * kMinute);
    EXPECT_EQ(Asked(marks), "5-10");
}

TEST(CandleMarks, JoinsWhatIsTooMuchToBeTold) {
    CandleMarks marks = Of("1m");
    for (int i = 0; i < 1000; ++i) marks.Touch(i * 7 * kMinute);
    EXPECT_EQ(marks.Take()->from, 0);
    size_t ranges = 1;
    while (marks.Take()) ++ranges;
    EXPECT_LE(ranges, 64u);
    for (int i = 0; i < 65; ++i) marks.Touch(i * 7 * kMinute);
    EXPECT_EQ(Asked(marks), "0-449");
}

TEST(CandleMarks, GivesABarAgainOnlyWhereItDiffers) {
    CandleMarks marks = Of("1m");
    EXPECT_THAT(marks.Give(Bar(0, kMinute, false)), Eq(1u));
    EXPECT_EQ(marks.Give(Bar(0, kMinute, false)), std::nullopt);
    EXPECT_THAT(marks.Give(Bar(0, kMinute, false, "2")), Eq(2u));
    EXPECT_THAT(marks.Give(Bar(0, kMinute, true, "2")), Eq(3u));
    EXPECT_THAT(marks.Give(Bar(kMinute, 2 * kMinute, false)), Eq(1u));
}

TEST(CandleMarks, AsksAgainWhenABarMayBeFinal) {
    CandleMarks marks = Of("1m");
    (void)marks.Give(Bar(0, kMinute, false));
    (void)marks.Give(Bar(kMinute, 2 * kMinute, false));
    marks.Claim({0, 30 * kSecond}, false);
    EXPECT_EQ(Asked(marks), "");
    marks.Claim({0, kMinute}, false);
    EXPECT_EQ(Asked(marks), "0-1");
    marks.Claim({0, kMinute + 1}, false);
    EXPECT_EQ(Asked(marks), "") << "a gap in it is not asked for with each claim";
    marks.Claim({10 * kSecond, 20 * kSecond}, true);
    EXPECT_EQ(Asked(marks), "0-1") << "but when it is repaired";
    (void)marks.Give(Bar(0, kMinute, true));
    marks.Claim({10 * kSecond, 20 * kSecond}, true);
    EXPECT_EQ(Asked(marks), "");
    marks.Doubt({10 * kSecond, 20 * kSecond});
    EXPECT_EQ(Asked(marks), "0-1");
    marks.Recheck(2 * kMinute + 3 * kSecond);
    EXPECT_EQ(Asked(marks), "1-2");
    marks.Recheck(20 * kMinute);
    EXPECT_EQ(Asked(marks), "") << "not for ever";
}

TEST(CandleMarks, ALateTradeMovesTheCountedBarsBehindIt) {
    CandleMarks marks = Of("10t");
    const Nanos day = 3 * kDay;
    for (int i = 0; i < 5; ++i) {
        pb::Candle bar = Bar(day + i * kMinute, day + (i + 1) * kMinute - 1, true);
        bar.set_number(static_cast<uint64_t>(i));
        EXPECT_THAT(marks.Give(bar), Eq(1u));
    }
    marks.Touch(day + 2 * kMinute + 30 * kSecond);
    EXPECT_THAT(marks.Take(), Eq(model::Interval{day + 2 * kMinute, day + kDay}))
        << "from the bar that it is in to the end of the day";
    marks.Touch(2 * kDay + 5);
    EXPECT_THAT(marks.Take(), Eq(model::Interval{2 * kDay, 3 * kDay}));
    pb::Candle shifted = Bar(day + 3 * kMinute - 7, day + 4 * kMinute - 7, true);
    shifted.set_number(3);
    EXPECT_THAT(marks.Give(shifted), Eq(2u)) << "the same bar by its number";
}

TEST(CandleMarks, RemembersTheNewestBarsOnly) {
    CandleMarks marks = Of("1s");
    for (int i = 0; i < 20'000; ++i) {
        (void)marks.Give(Bar(i * kSecond, (i + 1) * kSecond, false));
    }
    EXPECT_EQ(marks.Give(Bar(19'999 * kSecond, 20'000 * kSecond, false)), std::nullopt);
    EXPECT_THAT(marks.Give(Bar(0, kSecond, false)), Eq(1u)) << "given anew";
}

}  // namespace
}  // namespace mp::gateway
