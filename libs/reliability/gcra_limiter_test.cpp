#include "reliability/gcra_limiter.hpp"

#include <array>
#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "testing/manual_clock.hpp"

namespace mp::reliability {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr RateLimit kHundredAMinute{};

class GcraLimiterTest : public ::testing::Test {
  protected:
    int Spend(std::string_view key, int times, RateLimit rate = kHundredAMinute) {
        int allowed = 0;
        for (int i = 0; i < times; ++i) allowed += limiter_.Check(key, rate).allowed;
        return allowed;
    }

    mp::testing::ManualClock clock_;
    GcraLimiter limiter_{3, clock_};
};

TEST_F(GcraLimiterTest, AllowsTheLimitAtOnceAndNotOneMore) {
    EXPECT_EQ(Spend("user:a", 150), 100);
    EXPECT_EQ(Spend("user:b", 1), 1);
}

TEST_F(GcraLimiterTest, HasNoBorderThatLetsTwiceTheLimitThrough) {
    clock_.Advance(milliseconds(59'999));
    EXPECT_EQ(Spend("user:a", 150), 100);
    clock_.Advance(milliseconds(2));
    EXPECT_EQ(Spend("user:a", 150), 0);
}

TEST_F(GcraLimiterTest, EarnsBackEvenly) {
    Spend("user:a", 100);
    clock_.Advance(milliseconds(599));
    EXPECT_EQ(Spend("user:a", 5), 0);
    clock_.Advance(milliseconds(1));
    EXPECT_EQ(Spend("user:a", 5), 1);
    clock_.Advance(seconds(30));
    EXPECT_EQ(Spend("user:a", 100), 50);
}

TEST_F(GcraLimiterTest, SpeaksTheHeadersOfAFixedWindow) {
    const Nanos now = clock_.Now();
    RateDecision decision = limiter_.Check("user:a", kHundredAMinute);
    EXPECT_EQ(decision.limit, 100);
    EXPECT_EQ(decision.remaining, 99);
    EXPECT_EQ(decision.reset, now + 600 * kMillisecond);
    EXPECT_EQ(decision.retry_after.count(), 0);
    Spend("user:a", 99);
    decision = limiter_.Check("user:a", kHundredAMinute);
    EXPECT_FALSE(decision.allowed);
    EXPECT_EQ(decision.remaining, 0);
    EXPECT_EQ(decision.reset, now + 60 * kSecond);
    EXPECT_EQ(decision.retry_after, milliseconds(600));
    clock_.Advance(decision.retry_after);
    EXPECT_TRUE(limiter_.Check("user:a", kHundredAMinute).allowed);
}

TEST_F(GcraLimiterTest, WeighsRequests) {
    EXPECT_TRUE(limiter_.Check("user:a", kHundredAMinute, 60).allowed);
    EXPECT_FALSE(limiter_.Check("user:a", kHundredAMinute, 41).allowed);
    EXPECT_TRUE(limiter_.Check("user:a", kHundredAMinute, 40).allowed);
    EXPECT_FALSE(limiter_.Check("user:b", kHundredAMinute, 101).allowed);
}

TEST_F(GcraLimiterTest, ChargesAllLevelsOrNone) {
    const std::array<RateLevel, 2> levels{
        {{"user:a", {10, seconds(60)}}, {"global", {3, seconds(60)}}}};
    for (int left = 2; left >= 0; --left) {
        const RateDecision decision = limiter_.Check(levels);
        EXPECT_TRUE(decision.allowed);
        EXPECT_EQ(decision.key, "global");
        EXPECT_EQ(decision.remaining, left);
    }
    for (int i = 0; i < 20; ++i) EXPECT_EQ(limiter_.Check(levels).key, "global");
    EXPECT_EQ(Spend("user:a", 20, {10, seconds(60)}), 7);
    EXPECT_EQ(limiter_.GetStats().refused, 20u + 13u);
}

TEST_F(GcraLimiterTest, ForgetsTheKeyUnusedForLongest) {
    Spend("a", 100);
    Spend("b", 100);
    Spend("c", 100);
    EXPECT_EQ(Spend("a", 1), 0);  // refused, but used
    Spend("d", 1);                // "b" goes
    EXPECT_EQ(Spend("a", 1), 0);
    EXPECT_EQ(Spend("c", 1), 0);
    EXPECT_EQ(limiter_.GetStats().keys, 3u);
    EXPECT_EQ(limiter_.GetStats().forgotten, 1u);
    EXPECT_EQ(Spend("b", 1), 1);
}

TEST_F(GcraLimiterTest, TakesALimitFinerThanItsClock) {
    const RateLimit fine{100'000'000'000, seconds(60)};
    const RateDecision decision = limiter_.Check("global", fine);
    EXPECT_TRUE(decision.allowed);
    EXPECT_GT(decision.remaining, 0);
    EXPECT_EQ(Spend("global", 10, fine), 10);
}

TEST_F(GcraLimiterTest, TellsEachChargeOnce) {
    Spend("a", 3);
    Spend("b", 200);
    const auto charges = limiter_.TakeCharges(10);
    ASSERT_EQ(charges.size(), 2u);
    EXPECT_EQ(charges[0].key, "a");
    EXPECT_EQ(charges[0].spent, milliseconds(1800));
    EXPECT_EQ(charges[0].window, seconds(60));
    EXPECT_EQ(charges[1].spent, seconds(60)) << "what was refused is not charged";
    EXPECT_TRUE(limiter_.TakeCharges(10).empty());
    clock_.Advance(milliseconds(600));
    EXPECT_EQ(Spend("b", 200), 1);
    ASSERT_EQ(limiter_.TakeCharges(10).size(), 1u);
}

TEST_F(GcraLimiterTest, TellsOfABoundedNumberOfKeysInTheirOrder) {
    Spend("a", 1);
    Spend("b", 1);
    Spend("c", 1);
    Spend("a", 1);
    EXPECT_EQ(limiter_.TakeCharges(2).back().key, "b");
    Spend("a", 1);
    const auto rest = limiter_.TakeCharges(2);
    ASSERT_EQ(rest.size(), 2u);
    EXPECT_EQ(rest[0].key, "c");
    EXPECT_EQ(rest[1].key, "a");
}

TEST_F(GcraLimiterTest, DoesNotTellWhatIsEarnedBack) {
    Spend("a", 2);
    clock_.Advance(milliseconds(700));
    const auto charges = limiter_.TakeCharges(10);
    ASSERT_EQ(charges.size(), 1u);
    EXPECT_EQ(charges[0].spent, milliseconds(500));
    Spend("b", 2);
    clock_.Advance(seconds(2));
    EXPECT_TRUE(limiter_.TakeCharges(10).empty());
}

TEST_F(GcraLimiterTest, TakesOverWhatAKeyOwesElsewhere) {
    Spend("a", 10);
    ASSERT_EQ(limiter_.TakeCharges(10).size(), 1u);
    Spend("a", 5);  // while the others are asked
    limiter_.Raise("a", clock_.Steady() + 48 * kSecond);
    EXPECT_EQ(Spend("a", 100), 15) << "80 in all, and 5";
    limiter_.Raise("a", clock_.Steady());
    EXPECT_EQ(Spend("a", 1), 0) << "nobody is told to owe less";
    limiter_.Raise("nobody", clock_.Steady() + kSecond);
    EXPECT_EQ(limiter_.GetStats().keys, 1u);
}

TEST_F(GcraLimiterTest, ForgetsTheChargesOfAKeyWithIt) {
    Spend("a", 1);
    Spend("b", 1);
    Spend("c", 1);
    Spend("d", 1);  // "a" goes
    EXPECT_EQ(limiter_.TakeCharges(10).size(), 3u);
}

TEST(GcraLimiterRace, TellsEveryChargeOnceWhileOthersSpend) {
    mp::testing::ManualClock clock;
    GcraLimiter limiter(100, clock);
    std::atomic<bool> done = false;
    Duration told{0};
    std::thread teller([&] {
        while (!done) {
            for (const auto& charge : limiter.TakeCharges(7)) told += charge.spent;
        }
    });
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 3; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 2'000; ++i) {
                    limiter.Check("key:" + std::to_string(i % 20), {1'000'000, seconds(60)});
                }
            });
        }
    }
    done = true;
    teller.join();
    for (const auto& charge : limiter.TakeCharges(100)) told += charge.spent;
    EXPECT_EQ(told, 6'000 * std::chrono::microseconds(60));
}

TEST(GcraLimiterRace, LetsExactlyTheLimitThrough) {
    mp::testing::ManualClock clock;
    GcraLimiter limiter(100, clock);
    std::atomic<int> allowed = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 2'000; ++i) {
                const std::string own = "own:" + std::to_string(i % 50);
                const std::array<RateLevel, 2> levels{
                    {{own, {1'000'000, seconds(60)}}, {"global", {500, seconds(60)}}}};
                allowed += limiter.Check(levels).allowed;
            }
        });
    }
    threads.clear();
    EXPECT_EQ(allowed, 500);
}

}  // namespace
}  // namespace mp::reliability
