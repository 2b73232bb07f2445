#include "tasks/fair_order.hpp"

#include <gtest/gtest.h>

namespace mp::tasks {
namespace {

TEST(TasksFairOrder, GivesEveryPriorityItsShare) {
    FairOrder order;
    std::array<int, 4> taken{};
    for (int i = 0; i < 150; ++i) ++taken[*order.Next({true, true, true, true})];
    EXPECT_EQ(taken, (std::array<int, 4>{80, 40, 20, 10}));
}

TEST(TasksFairOrder, BeginsWithTheMostUrgentAndForgetsNobody) {
    FairOrder order;
    EXPECT_EQ(order.Next({true, true, true, true}), 0u);
    bool low = false;
    for (int i = 0; i < 15; ++i) low |= order.Next({true, true, true, true}) == 3u;
    EXPECT_TRUE(low);
}

TEST(TasksFairOrder, TakesOnlyWhatIsReady) {
    FairOrder order;
    EXPECT_EQ(order.Next({false, false, false, false}), std::nullopt);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(order.Next({false, false, true, false}), 2u);
    EXPECT_EQ(order.Next({true, false, true, false}), 0u);
}

}  // namespace
}  // namespace mp::tasks
