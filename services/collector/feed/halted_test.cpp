#include "collector/feed/halted.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

namespace mp::collector {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Nanos kHour = 3600 * kSecond;
const std::set<std::string> kUniverse{"A", "B"};

std::vector<Listing> ListedAs(model::InstrumentStatus status) {
    std::vector<Listing> listings(3);
    listings[0].instrument.symbol = "A";
    listings[1].instrument.symbol = "B";
    listings[2].instrument.symbol = "C";
    listings[0].status = model::InstrumentStatus::kTrading;
    listings[1].status = status;
    listings[2].status = status;
    return listings;
}

TEST(Halted, KeepsForADayWhatStoppedTrading) {
    Halted halted;
    halted.Look(ListedAs(model::InstrumentStatus::kHalted), kUniverse, kHour);
    EXPECT_THAT(halted.Lately(kHour), ElementsAre("B"));
    halted.Look(ListedAs(model::InstrumentStatus::kHalted), kUniverse, 20 * kHour);
    EXPECT_THAT(halted.Lately(25 * kHour - 1), ElementsAre("B"));
    EXPECT_THAT(halted.Lately(25 * kHour), IsEmpty());
}

TEST(Halted, ForgetsWhatTradesAgain) {
    Halted halted;
    halted.Look(ListedAs(model::InstrumentStatus::kHalted), kUniverse, kHour);
    halted.Look(ListedAs(model::InstrumentStatus::kTrading), kUniverse, 2 * kHour);
    EXPECT_THAT(halted.Lately(2 * kHour), IsEmpty());
    halted.Look(ListedAs(model::InstrumentStatus::kHalted), kUniverse, 20 * kHour);
    EXPECT_THAT(halted.Lately(30 * kHour), ElementsAre("B"));
}

}  // namespace
}  // namespace mp::collector
