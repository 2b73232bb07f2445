#include "base/duration.hpp"

#include <gtest/gtest.h>

namespace mp {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsWhatConfigurationWrites) {
    EXPECT_EQ(ParseDuration("250ms").value(), 250ms);
    EXPECT_EQ(ParseDuration("1s").value(), 1s);
    EXPECT_EQ(ParseDuration("15m").value(), 15min);
    EXPECT_EQ(ParseDuration("1h").value(), 1h);
    EXPECT_EQ(ParseDuration("7d").value(), 168h);
}

TEST(Duration, RefusesOtherText) {
    for (std::string_view text : {"", "1", "s", "-1s", "1.5s", "1 s", "1min", "99999999999d"}) {
        EXPECT_FALSE(ParseDuration(text).ok()) << text;
    }
}

TEST(Duration, FormatsToTheShortestExactForm) {
    EXPECT_EQ(FormatDuration(1500ms), "1500ms");
    EXPECT_EQ(FormatDuration(3600s), "1h");
    EXPECT_EQ(FormatDuration(0s), "0s");
}

}  // namespace
}  // namespace mp
