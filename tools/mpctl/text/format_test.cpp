#include "mpctl/text/format.hpp"

#include <gtest/gtest.h>

#include "mpctl/text/progress_bar.hpp"

namespace mp::mpctl {
namespace {

TEST(Format, GroupsCounts) {
    EXPECT_EQ(FormatCount(0), "0");
    EXPECT_EQ(FormatCount(999), "999");
    EXPECT_EQ(FormatCount(1000), "1,000");
    EXPECT_EQ(FormatCount(1234567890), "1,234,567,890");
}

TEST(Format, KeepsThreeDigitsOfMeasurements) {
    EXPECT_EQ(FormatLatency(0.000412), "412 us");
    EXPECT_EQ(FormatLatency(0.00123), "1.23 ms");
    EXPECT_EQ(FormatLatency(0.0999), "99.9 ms");
    EXPECT_EQ(FormatLatency(0.9996), "1.00 s");
    EXPECT_EQ(FormatLatency(12.0), "12.0 s");
    EXPECT_EQ(FormatLatency(std::nullopt), "-");
    EXPECT_EQ(FormatRate(0), "0");
    EXPECT_EQ(FormatRate(0.25), "0.25");
    EXPECT_EQ(FormatRate(18.44), "18.4");
    EXPECT_EQ(FormatRate(5011.6), "5,012");
    EXPECT_EQ(FormatBytes(512), "512 B");
    EXPECT_EQ(FormatBytes(1.5e9), "1.50 GB");
}

TEST(Format, TellsAgesInTwoUnits) {
    EXPECT_EQ(FormatAge(42.9), "42s");
    EXPECT_EQ(FormatAge(303), "5m 3s");
    EXPECT_EQ(FormatAge(8040), "2h 14m");
    EXPECT_EQ(FormatAge(273600), "3d 4h");
}

TEST(Format, ShortensTimesByZerosOnly) {
    EXPECT_EQ(ShortTime("2024-08-08T23:54:15.208000000Z"), "2024-08-08T23:54:15.208Z");
    EXPECT_EQ(ShortTime("2024-08-08T23:54:15.000000000Z"), "2024-08-08T23:54:15Z");
    EXPECT_EQ(ShortTime("2024-08-08T23:54:15.208000001Z"), "2024-08-08T23:54:15.208000001Z");
    EXPECT_EQ(ShortTime("-"), "-");
}

TEST(ProgressBar, FillsFromLeftToRight) {
    EXPECT_EQ(RenderBar(0, 10), "[>         ]   0%");
    EXPECT_EQ(RenderBar(0.52, 10), "[=====>    ]  52%");
    EXPECT_EQ(RenderBar(1, 10), "[==========] 100%");
    EXPECT_EQ(RenderBar(7, 4), "[====] 100%");
}

}  // namespace
}  // namespace mp::mpctl
