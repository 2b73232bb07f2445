#include "collector/feed/missing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/manual_clock.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// "A0", "A1", ... from `first` on.
std::vector<Listing> Listed(size_t first, size_t end) {
    std::vector<Listing> listings;
    for (size_t i = first; i < end; ++i) {
        listings.emplace_back().instrument.symbol = "A" + std::to_string(i);
    }
    return listings;
}

class MissingTest : public ::testing::Test {
  protected:
    std::vector<std::string> Kept(const std::vector<Listing>& list, size_t collected) {
        std::vector<std::string> symbols;
        for (const Listing& kept : missing_.Kept(list, Listed(0, collected), clock_.Steady())) {
            symbols.push_back(kept.instrument.symbol);
        }
        return symbols;
    }

    testing::ManualClock clock_;
    Missing missing_;
};

TEST_F(MissingTest, AFewAreGoneWithTheSecondList) {
    EXPECT_THAT(Kept(Listed(0, 2), 4), ElementsAre("A2", "A3"));
    EXPECT_THAT(Kept(Listed(0, 2), 4), IsEmpty());
    EXPECT_TRUE(missing_.doubt().ok());
    EXPECT_THAT(Kept(Listed(3, 5), 5), SizeIs(3)) << "three are never many";
    EXPECT_TRUE(missing_.doubt().ok());
    EXPECT_THAT(Kept(Listed(0, 5), 5), IsEmpty());
    EXPECT_THAT(Kept(Listed(10, 100), 100), SizeIs(10)) << "nor is a tenth";
    EXPECT_TRUE(missing_.doubt().ok());
}

TEST_F(MissingTest, ManyAreKeptUntilTheListHasSaidSoForTenMinutes) {
    EXPECT_THAT(Kept(Listed(11, 100), 100), SizeIs(11));
    EXPECT_FALSE(missing_.doubt().ok());
    clock_.Advance(10min - 1ns);
    EXPECT_THAT(Kept(Listed(11, 100), 100), SizeIs(11));
    EXPECT_THAT(std::string(missing_.doubt().message()), ::testing::HasSubstr("11 of 100"));
    clock_.Advance(1ns);
    EXPECT_THAT(Kept(Listed(11, 100), 100), IsEmpty());
    EXPECT_TRUE(missing_.doubt().ok());
}

TEST_F(MissingTest, AWholeListBeginsTheWaitAnew) {
    EXPECT_THAT(Kept(Listed(50, 100), 100), SizeIs(50));
    clock_.Advance(9min);
    EXPECT_THAT(Kept(Listed(0, 100), 100), IsEmpty());
    EXPECT_TRUE(missing_.doubt().ok());
    clock_.Advance(2min);
    EXPECT_THAT(Kept(Listed(50, 100), 100), SizeIs(50));
    EXPECT_FALSE(missing_.doubt().ok());
    clock_.Advance(9min);
    EXPECT_THAT(Kept(Listed(50, 100), 100), SizeIs(50));
}

}  // namespace
}  // namespace mp::collector
