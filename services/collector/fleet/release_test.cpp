#include "collector/fleet/release.hpp"

#include <gtest/gtest.h>

namespace mp::collector {
namespace {

constexpr Nanos kPatience = 10;

TEST(Release, WaitsWithoutEndForTheOthers) {
    Release release;
    EXPECT_FALSE(release.Ready(std::nullopt, 1'000, 0, kPatience));
    EXPECT_FALSE(release.Ready(std::nullopt, 1'000, 1'000'000, kPatience));
}

TEST(Release, ReachesToWhereTheOthersBegin) {
    Release release;
    EXPECT_FALSE(release.Ready(50, 49, 0, kPatience));
    EXPECT_TRUE(release.Ready(50, 50, 1, kPatience));
}

TEST(Release, DoesNotRunAfterOthersThatAdvance) {
    Release release;
    EXPECT_FALSE(release.Ready(50, 49, 0, kPatience));
    EXPECT_TRUE(release.Ready(60, 51, 1, kPatience));
}

TEST(Release, WaitsForAQuietStreamSoLongAndNoLonger) {
    Release release;
    EXPECT_FALSE(release.Ready(50, 10, 100, kPatience));
    EXPECT_FALSE(release.Ready(50, 10, 109, kPatience));
    EXPECT_TRUE(release.Ready(50, 10, 110, kPatience));
}

TEST(Release, BeginsAnewWhereTheOthersFallBack) {
    Release release;
    EXPECT_FALSE(release.Ready(50, 10, 100, kPatience));
    EXPECT_FALSE(release.Ready(std::nullopt, 60, 105, kPatience));
    EXPECT_FALSE(release.Ready(70, 60, 111, kPatience));
    EXPECT_TRUE(release.Ready(70, 70, 112, kPatience));
}

}  // namespace
}  // namespace mp::collector
