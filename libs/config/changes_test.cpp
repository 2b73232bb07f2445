#include "config/changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mp::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> kTaken{"log.level", "venues.*.symbols", "jobs.*"};

TEST(ChangedKeys, NamesWhatIsOtherNewOrGone) {
    const Values before{{"bus.url", "a"}, {"spool.path", "s"}, {"fleet.enabled", "true"}};
    const Values now{{"bus.url", "b"}, {"spool.path", "s"}, {"zone", "z"}};
    EXPECT_THAT(ChangedKeys(before, now, kTaken), ElementsAre("bus.url", "fleet.enabled", "zone"));
    EXPECT_THAT(ChangedKeys(now, now, kTaken), IsEmpty());
}

TEST(ChangedKeys, LeavesOutWhatARunningServiceTakes) {
    const Values before{{"log.level", "info"}, {"log.format", "auto"}};
    const Values now{
        {"log.level", "warn"},
        {"log.format", "json"},
        {"venues.binance.spot.symbols", "[A]"},
        {"venues.binance.symbols", "[B]"},
        {"venues.binance.rest_url", "u"},
        {"jobs.retention.interval", "1h"}};
    EXPECT_THAT(
        ChangedKeys(before, now, kTaken), ElementsAre("log.format", "venues.binance.rest_url")
    );
}

}  // namespace
}  // namespace mp::config
