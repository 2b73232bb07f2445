#include "scheduler/schedule/schedule.hpp"

#include <chrono>
#include <date/tz.h>
#include <gtest/gtest.h>
#include <map>
#include <rapidcheck/gtest.h>
#include <string>
#include <vector>

namespace mp::scheduler {
namespace {

constexpr int64_t kMinute = 60;

Schedule Parsed(std::string_view text, const std::string& zone = "UTC") {
    const Result<Schedule> schedule = Schedule::Parse(text, zone);
    EXPECT_TRUE(schedule.ok()) << schedule.status();
    return *schedule;
}

Nanos Time(std::string_view text) {
    return ParseTime(text).value();
}

std::string Next(const Schedule& schedule, std::string_view after) {
    return FormatTime(schedule.Next(Time(after)));
}

// What a wall clock in `zone` shows, by the database itself.
date::local_seconds Shown(const std::string& zone, int64_t utc_seconds) {
    const date::sys_seconds instant{std::chrono::seconds(utc_seconds)};
    return date::locate_zone(zone)->to_local(instant);
}

// All due times in [from, to).
std::vector<int64_t> DueIn(const Schedule& schedule, int64_t from, int64_t to) {
    std::vector<int64_t> due;
    for (Nanos at = schedule.Next(from * kSecond - 1); at < to * kSecond; at = schedule.Next(at)) {
        due.push_back(at / kSecond);
    }
    return due;
}

std::string AnyZone() {
    return *rc::gen::elementOf(std::vector<std::string>{
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "America/St_Johns",
        "Africa/Casablanca",
        "Pacific/Auckland",
        "America/Sao_Paulo"});
}

// A day between 2000 and 2034.
int64_t AnyDay() {
    return 10957 + *rc::gen::inRange<int64_t>(0, 34 * 365);
}

TEST(Schedule, CountsIntervalsFromTheEpoch) {
    const Schedule schedule = Parsed("every 15m");
    EXPECT_EQ(Next(schedule, "2024-05-01T10:00:00Z"), "2024-05-01T10:15:00.000000000Z");
    EXPECT_EQ(Next(schedule, "2024-05-01T10:14:59.999999999Z"), "2024-05-01T10:15:00.000000000Z");
    EXPECT_EQ(schedule.Last(Time("2024-05-01T10:15:00Z")), Time("2024-05-01T10:15:00Z"));
    EXPECT_EQ(schedule.Last(Time("2024-05-01T10:14:59Z")), Time("2024-05-01T10:00:00Z"));
}

TEST(Schedule, RefusesWhatItCannotKeep) {
    EXPECT_FALSE(Schedule::Parse("every 100ms", "UTC").ok());
    EXPECT_FALSE(Schedule::Parse("every 0s", "UTC").ok());
    EXPECT_FALSE(Schedule::Parse("every day", "UTC").ok());
    EXPECT_FALSE(Schedule::Parse("15m", "UTC").ok());
    const Status zone = Schedule::Parse("every 1h", "Mars/Olympus").status();
    EXPECT_NE(MessageOf(zone).find("Mars/Olympus"), std::string_view::npos);
}

TEST(Schedule, FollowsTheTimeZone) {
    const Schedule schedule = Parsed("30 8 * * *", "America/New_York");
    EXPECT_EQ(Next(schedule, "2024-01-10T00:00:00Z"), "2024-01-10T13:30:00.000000000Z");
    EXPECT_EQ(Next(schedule, "2024-07-10T00:00:00Z"), "2024-07-10T12:30:00.000000000Z");
}

// Berlin, 31 March 2024: 01:59:59 is followed by 03:00:00 (01:00 UTC).
TEST(Schedule, FiresAFixedTimeThatTheClockJumpedOverRightAfter) {
    const Schedule schedule = Parsed("30 2 * * *", "Europe/Berlin");
    EXPECT_EQ(Next(schedule, "2024-03-30T12:00:00Z"), "2024-03-31T01:00:00.000000000Z");
    EXPECT_EQ(Next(schedule, "2024-03-31T01:00:00Z"), "2024-04-01T00:30:00.000000000Z");
}

// Berlin, 27 October 2024: 02:00 to 03:00 is shown twice (00:00 to 02:00 UTC).
TEST(Schedule, FiresAFixedTimeThatComesTwiceOnce) {
    const Schedule schedule = Parsed("30 2 * * *", "Europe/Berlin");
    EXPECT_EQ(Next(schedule, "2024-10-26T12:00:00Z"), "2024-10-27T00:30:00.000000000Z");
    EXPECT_EQ(Next(schedule, "2024-10-27T00:30:00Z"), "2024-10-28T01:30:00.000000000Z");
}

TEST(Schedule, AddsAndDropsNothingWhereEveryHourMatches) {
    const Schedule schedule = Parsed("15 * * * *", "Europe/Berlin");
    EXPECT_EQ(Next(schedule, "2024-03-31T00:15:00Z"), "2024-03-31T01:15:00.000000000Z");
    EXPECT_EQ(Next(schedule, "2024-10-27T00:15:00Z"), "2024-10-27T01:15:00.000000000Z");
}

RC_GTEST_PROP(Schedule, FiresADailyTimeOnceOnEveryLocalDay, ()) {
    const std::string zone = AnyZone();
    const int hour = *rc::gen::inRange(0, 24);
    const int minute = *rc::gen::inRange(0, 60);
    const Schedule schedule =
        Parsed(std::to_string(minute) + " " + std::to_string(hour) + " * * *", zone);
    const int64_t from = AnyDay() * 86400;
    std::map<int64_t, int> per_day;
    for (const int64_t due : DueIn(schedule, from, from + 400 * 86400)) {
        ++per_day[date::floor<date::days>(Shown(zone, due)).time_since_epoch().count()];
    }
    per_day.erase(per_day.begin());  // may begin and end in the middle of a day
    per_day.erase(std::prev(per_day.end()));
    RC_ASSERT(per_day.size() >= 396u);
    int64_t expected_day = per_day.begin()->first;
    for (const auto& [day, count] : per_day) {
        RC_ASSERT(day == expected_day++);
        RC_ASSERT(count == 1);
    }
}

RC_GTEST_PROP(Schedule, MatchesTheWallClockMinuteByMinuteWhereEveryHourMatches, ()) {
    const std::string zone = AnyZone();
    const int step = *rc::gen::elementOf(std::vector<int>{7, 10, 15, 30});
    const Schedule schedule = Parsed("*/" + std::to_string(step) + " * * * *", zone);
    const int64_t from = AnyDay() * 86400;
    const int64_t to = from + 3 * 86400;
    std::vector<int64_t> expected;
    for (int64_t at = from; at < to; at += kMinute) {
        const int64_t shown = Shown(zone, at).time_since_epoch().count();
        if (shown / 60 % 60 % step == 0) expected.push_back(at);
    }
    RC_ASSERT(DueIn(schedule, from, to) == expected);
}

RC_GTEST_PROP(Schedule, LastIsTheInverseOfNext, ()) {
    const std::string text = *rc::gen::elementOf(std::vector<std::string>{
        "every 1s", "every 7h", "*/5 * * * *", "0 3 * * MON", "0 0 1 1 *", "30 2 29 2 *"});
    const Schedule schedule = Parsed(text, AnyZone());
    const Nanos at = (AnyDay() * 86400 + *rc::gen::inRange(0, 86400)) * kSecond;
    const std::optional<Nanos> last = schedule.Last(at);
    RC_ASSERT(last.has_value());
    RC_ASSERT(*last <= at);
    RC_ASSERT(schedule.Next(*last) > at);
    RC_ASSERT(schedule.Next(*last - 1) == *last);
}

}  // namespace
}  // namespace mp::scheduler
