#include "reliability/backoff.hpp"

#include <gtest/gtest.h>

namespace mp::reliability {
namespace {

using std::chrono::seconds;

TEST(Backoff, StartsAtBaseAndDoublesToMax) {
    Backoff backoff({.jitter = Jitter::kNone});
    for (const int expected : {1, 2, 4, 8, 16, 32, 60, 60})
        EXPECT_EQ(backoff.Next(), seconds(expected));
    EXPECT_EQ(backoff.failures(), 8);
}

TEST(Backoff, StartsOverAfterASuccess) {
    Backoff backoff({.jitter = Jitter::kNone});
    backoff.Next();
    backoff.Next();
    backoff.Reset();
    EXPECT_EQ(backoff.failures(), 0);
    EXPECT_EQ(backoff.Next(), seconds(1));
}

TEST(Backoff, FullJitterStaysBelowTheCeiling) {
    for (uint32_t seed = 1; seed <= 200; ++seed) {
        Backoff backoff({.jitter = Jitter::kFull}, seed);
        for (const int ceiling : {1, 2, 4, 8, 16, 32, 60, 60}) {
            const Duration wait = backoff.Next();
            EXPECT_GE(wait.count(), 0);
            EXPECT_LE(wait, seconds(ceiling));
        }
    }
}

TEST(Backoff, DecorrelatedJitterStaysBetweenBaseAndMax) {
    bool reached_far = false;
    for (uint32_t seed = 1; seed <= 200; ++seed) {
        Backoff backoff({}, seed);
        EXPECT_LE(backoff.Next(), seconds(3));
        for (int i = 0; i < 20; ++i) {
            const Duration wait = backoff.Next();
            EXPECT_GE(wait, seconds(1));
            EXPECT_LE(wait, seconds(60));
            reached_far |= wait > seconds(50);
        }
    }
    EXPECT_TRUE(reached_far);
}

TEST(Backoff, DoesNotMoveInStepWithAnother) {
    Backoff one({}, 1);
    Backoff other({}, 2);
    int equal = 0;
    for (int i = 0; i < 50; ++i) equal += one.Next() == other.Next();
    EXPECT_LT(equal, 25);
}

}  // namespace
}  // namespace mp::reliability
