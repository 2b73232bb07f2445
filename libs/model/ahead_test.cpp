#include "model/ahead.hpp"

#include <gtest/gtest.h>

namespace mp::model {
namespace {

constexpr Nanos kNow = 1'700'000'000 * kSecond;

TEST(Ahead, BeginsBehindAnHour) {
    EXPECT_FALSE(IsAhead(0, kNow));
    EXPECT_FALSE(IsAhead(kNow + kMaxAhead, kNow));
    EXPECT_TRUE(IsAhead(kNow + kMaxAhead + 1, kNow));
    EXPECT_TRUE(IsAhead(INT64_MAX, kNow));
    EXPECT_TRUE(IsAhead(kNow, INT64_MIN));
    EXPECT_FALSE(IsAhead(INT64_MAX, INT64_MAX));
}

TEST(Ahead, GoesByWhatHasHappened) {
    Event event;
    event.order_ts = 5;
    EXPECT_EQ(NewestTime(event), 5);
    event.exchange_ts = 7;
    EXPECT_EQ(NewestTime(event), 7);
    event.exchange_ts = 3;
    EXPECT_EQ(NewestTime(event), 5);
    Kline bar;
    bar.close_time = 1000;
    event.body = bar;
    EXPECT_EQ(NewestTime(event), 5) << "a bar ends later";
    Coverage claim;
    claim.to_ts = 9;
    event.body = claim;
    EXPECT_EQ(NewestTime(event), 9);
}

}  // namespace
}  // namespace mp::model
