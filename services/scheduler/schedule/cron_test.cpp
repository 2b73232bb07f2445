#include "scheduler/schedule/cron.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string>

namespace mp::scheduler {
namespace {

using std::chrono::sys_days;
using std::chrono::year;

// Minutes since the epoch of a civil time.
int64_t At(int y, unsigned m, unsigned d, int hour, int minute) {
    const sys_days day{year(y) / m / d};
    return day.time_since_epoch().count() * 1440 + hour * 60 + minute;
}

Cron Parsed(std::string_view text) {
    const Result<Cron> cron = Cron::Parse(text);
    EXPECT_TRUE(cron.ok()) << cron.status();
    return *cron;
}

std::string ErrorOf(std::string_view text) {
    return std::string(MessageOf(Cron::Parse(text).status()));
}

TEST(Cron, StepsThroughTheHour) {
    const Cron cron = Parsed("*/30 * * * *");
    EXPECT_EQ(cron.NextFrom(At(2024, 5, 1, 10, 0)), At(2024, 5, 1, 10, 0));
    EXPECT_EQ(cron.NextFrom(At(2024, 5, 1, 10, 1)), At(2024, 5, 1, 10, 30));
    EXPECT_EQ(cron.NextFrom(At(2024, 5, 1, 23, 31)), At(2024, 5, 2, 0, 0));
    EXPECT_TRUE(cron.every_hour());
}

TEST(Cron, TakesListsRangesAndNames) {
    const Cron cron = Parsed("5,10-20/5 9-17 * MAR,jun mon-fri");
    EXPECT_EQ(cron.NextFrom(At(2024, 3, 1, 9, 0)), At(2024, 3, 1, 9, 5));  // a Friday
    EXPECT_EQ(cron.NextFrom(At(2024, 3, 1, 9, 6)), At(2024, 3, 1, 9, 10));
    EXPECT_EQ(cron.NextFrom(At(2024, 3, 1, 17, 21)), At(2024, 3, 4, 9, 5));
    EXPECT_EQ(cron.NextFrom(At(2024, 4, 1, 0, 0)), At(2024, 6, 3, 9, 5));
    EXPECT_FALSE(cron.every_hour());
}

TEST(Cron, MatchesEitherDayWhenBothAreRestricted) {
    const Cron cron = Parsed("0 0 13 * FRI");
    EXPECT_EQ(cron.NextFrom(At(2024, 5, 4, 0, 0)), At(2024, 5, 10, 0, 0));   // a Friday
    EXPECT_EQ(cron.NextFrom(At(2024, 5, 11, 0, 0)), At(2024, 5, 13, 0, 0));  // a Monday
}

TEST(Cron, KnowsSundayAsZeroAndSeven) {
    EXPECT_EQ(Parsed("0 0 * * 7").NextFrom(At(2024, 5, 1, 0, 0)), At(2024, 5, 5, 0, 0));
    EXPECT_EQ(Parsed("0 0 * * 0").NextFrom(At(2024, 5, 1, 0, 0)), At(2024, 5, 5, 0, 0));
}

TEST(Cron, WaitsForLeapDays) {
    EXPECT_EQ(Parsed("0 0 29 2 *").NextFrom(At(2097, 1, 1, 0, 0)), At(2104, 2, 29, 0, 0));
}

TEST(Cron, RefusesDatesThatNeverCome) {
    EXPECT_NE(ErrorOf("0 0 30 2 *").find("never comes"), std::string::npos);
    EXPECT_NE(ErrorOf("0 0 31 4,6,9,11 *").find("never comes"), std::string::npos);
}

TEST(Cron, NamesTheFieldThatIsWrong) {
    EXPECT_EQ(ErrorOf("60 * * * *"), "minute '60': must lie between 0 and 59");
    EXPECT_EQ(ErrorOf("0 24 * * *"), "hour '24': must lie between 0 and 23");
    EXPECT_EQ(ErrorOf("0 0 0 * *"), "day of month '0': must lie between 1 and 31");
    EXPECT_EQ(ErrorOf("0 0 * FOO *"), "month 'FOO': is not a number");
    EXPECT_EQ(ErrorOf("0 0 * * 5-1"), "day of week '5-1': ends before it begins");
    EXPECT_EQ(ErrorOf("*/0 0 * * *"), "minute '0': is not a step");
    EXPECT_NE(ErrorOf("* * * *").find("five fields"), std::string::npos);
    EXPECT_NE(ErrorOf(", * * * *"), "");
    EXPECT_NE(ErrorOf("1- * * * *"), "");
}

// Against a minute-by-minute search over plain sets.
RC_GTEST_PROP(Cron, FindsWhatASearchMinuteByMinuteFinds, ()) {
    const int minute = *rc::gen::inRange(0, 60);
    const int hour = *rc::gen::inRange(0, 24);
    const int day_of_week = *rc::gen::inRange(0, 7);
    const int64_t from = At(2000, 1, 1, 0, 0) + *rc::gen::inRange<int64_t>(0, 30 * 365 * 1440);
    const std::string text =
        std::to_string(minute) + " " + std::to_string(hour) + " * * " + std::to_string(day_of_week);
    int64_t expected = from;
    while (expected % 60 != minute || expected / 60 % 24 != hour ||
           (expected / 1440 + 4) % 7 != day_of_week) {
        ++expected;
    }
    RC_ASSERT(Parsed(text).NextFrom(from) == expected);
}

}  // namespace
}  // namespace mp::scheduler
