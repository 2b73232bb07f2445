#include "base/time.hpp"

#include <gtest/gtest.h>

namespace mp {
namespace {

TEST(Time, FormatsNanosecondsAndReadsThemBack) {
    const Nanos time = 1723161255208000123;
    EXPECT_EQ(FormatTime(time), "2024-08-08T23:54:15.208000123Z");
    EXPECT_EQ(ParseTime(FormatTime(time)).value(), time);
    EXPECT_EQ(FormatTime(-1), "1969-12-31T23:59:59.999999999Z");
}

TEST(Time, EveryTimeHasAText) {
    EXPECT_EQ(FormatTime(INT64_MIN), "1677-09-21T00:12:43.145224192Z");
    EXPECT_EQ(FormatTime(INT64_MAX), "2262-04-11T23:47:16.854775807Z");
    for (const Nanos time : {INT64_MIN, INT64_MAX, Nanos{0}, -24 * 3600 * kSecond}) {
        EXPECT_EQ(ParseTime(FormatTime(time)).value(), time);
    }
    EXPECT_FALSE(ParseTime("2262-04-11T23:47:16.854775808Z").ok());
    EXPECT_FALSE(ParseTime("1677-09-21T00:12:43.145224191Z").ok());
}

TEST(Time, ReadsOffsetsFractionsAndIntegers) {
    EXPECT_EQ(ParseTime("2024-08-09T01:54:15+02:00").value(), 1723161255 * kSecond);
    EXPECT_EQ(ParseTime("2024-08-08T23:54:15.2Z").value(), 1723161255200 * kMillisecond);
    EXPECT_EQ(ParseTime("1723161255208").value(), 1723161255208 * kMillisecond);
    EXPECT_EQ(ParseTime("1723161255208000123").value(), 1723161255208000123);
    EXPECT_FALSE(ParseTime("999999999999999").ok()) << "milliseconds beyond the year 2262";
}

TEST(Time, RefusesWhatIsNoTime) {
    for (std::string_view text :
         {"",
          "yesterday",
          "2024-13-01T00:00:00Z",
          "2024-02-30T00:00:00Z",
          "2024-08-08",
          "2024-08-08T24:00:00Z",
          "2024-08-08T23:54:15",
          "2024-08-08T23:54:15.Z",
          "1e9",
          "2024-08-08T23:54:15.1234567890Z",
          "99999999999999999999"}) {
        EXPECT_FALSE(ParseTime(text).ok()) << text;
    }
}

}  // namespace
}  // namespace mp
