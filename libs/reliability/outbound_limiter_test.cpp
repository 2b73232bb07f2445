#include "reliability/outbound_limiter.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "reliability/retry_after.hpp"
#include "runtime/all_of.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::reliability {
namespace {

using mp::testing::RunTask;
using std::chrono::seconds;

Task<> AdvanceBy(mp::testing::ManualClock* clock, Duration wait) {
    clock->Advance(wait);
    co_return;
}

class OutboundLimiterTest : public ::testing::Test {
  protected:
    Status Acquire(int64_t weight, Duration patience = std::chrono::hours(1)) {
        return RunTask(limiter_.Acquire(weight, Deadline::After(patience)));
    }

    mp::testing::ManualClock clock_;
    Duration waited_{0};
    OutboundLimiter limiter_{{.max_waiting = 2}, clock_, [this](Duration wait) {
                                 waited_ += wait;
                                 return AdvanceBy(&clock_, wait);
                             }};
};

TEST_F(OutboundLimiterTest, SpendsTheWholeWindowWithoutWaiting) {
    for (int i = 0; i < 24; ++i) EXPECT_TRUE(Acquire(250).ok());
    EXPECT_EQ(waited_.count(), 0);
    EXPECT_EQ(limiter_.GetStats().used, 6000);
}

TEST_F(OutboundLimiterTest, WaitsUntilTheOldestLeavesTheWindow) {
    ASSERT_TRUE(Acquire(4000).ok());
    clock_.Advance(seconds(10));
    ASSERT_TRUE(Acquire(2000).ok());
    EXPECT_TRUE(Acquire(1).ok());
    EXPECT_EQ(waited_, seconds(50));
    EXPECT_TRUE(Acquire(4000).ok());
    EXPECT_EQ(waited_, seconds(60));
    EXPECT_EQ(limiter_.GetStats().delayed, 2u);
}

TEST_F(OutboundLimiterTest, HasNoBorderThatLetsTwiceTheLimitThrough) {
    clock_.Advance(std::chrono::milliseconds(59'999));
    ASSERT_TRUE(Acquire(6000).ok());
    clock_.Advance(std::chrono::milliseconds(2));
    EXPECT_EQ(limiter_.TryAcquire(1), seconds(60) - std::chrono::milliseconds(2));
}

TEST_F(OutboundLimiterTest, RefusesAtOnceWhatComesTooLate) {
    ASSERT_TRUE(Acquire(6000).ok());
    const Status status = Acquire(1, seconds(5));
    EXPECT_EQ(status.code(), StatusCode::kDeadlineExceeded);
    EXPECT_EQ(RetryAfterOf(status), Duration(seconds(60)));
    EXPECT_EQ(waited_.count(), 0);
    EXPECT_EQ(limiter_.GetStats().refused, 1u);
    EXPECT_EQ(limiter_.GetStats().waiting, 0u);
}

TEST_F(OutboundLimiterTest, RefusesAWeightThatNeverFits) {
    EXPECT_EQ(Acquire(6001).code(), StatusCode::kInvalidArgument);
}

TEST_F(OutboundLimiterTest, BelievesTheVenueAboutUsedWeight) {
    ASSERT_TRUE(Acquire(100).ok());
    limiter_.ServerUsed(5990);
    EXPECT_EQ(limiter_.GetStats().used, 5990);
    limiter_.ServerUsed(50);  // its window began anew; ours has not
    EXPECT_EQ(limiter_.GetStats().used, 5990);
    EXPECT_TRUE(Acquire(11).ok());
    EXPECT_EQ(waited_, seconds(60));
}

TEST_F(OutboundLimiterTest, StopsEverybodyDuringABan) {
    limiter_.BlockFor(seconds(120));
    limiter_.BlockFor(seconds(5));
    EXPECT_EQ(limiter_.GetStats().blocked_for, seconds(120));
    EXPECT_EQ(limiter_.TryAcquire(1), seconds(120));
    EXPECT_TRUE(Acquire(1).ok());
    EXPECT_EQ(waited_, seconds(120));
}

Task<Status> Record(OutboundLimiter& limiter, std::vector<int64_t>& order, int64_t weight) {
    const Status status = co_await limiter.Acquire(weight, Deadline::After(seconds(20)));
    order.push_back(status.ok() ? weight : -weight);
    co_return OkStatus();
}

// A real timer, so that several wait at the same time.
TEST(OutboundLimiterLine, IsBoundedAndNotOvertaken) {
    OutboundLimiter limiter({.limit = 10, .window = std::chrono::milliseconds(20), .max_waiting = 2}
    );
    std::vector<int64_t> order;
    ASSERT_EQ(limiter.TryAcquire(6).count(), 0);
    std::vector<Task<Status>> tasks;
    tasks.push_back(Record(limiter, order, 10));  // wants the whole window
    tasks.push_back(Record(limiter, order, 2));   // would fit now, but came later
    tasks.push_back(Record(limiter, order, 1));   // the line is full
    EXPECT_TRUE(RunTask(runtime::AllOf(std::move(tasks))).ok());
    EXPECT_EQ(order, (std::vector<int64_t>{-1, 10, 2}));
}

TEST(OutboundLimiterRace, SpendsExactlyTheLimit) {
    mp::testing::ManualClock clock;
    OutboundLimiter limiter({.limit = 1000}, clock);
    std::atomic<int64_t> spent = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) {
                if (limiter.TryAcquire(1).count() == 0) ++spent;
            }
        });
    }
    threads.clear();
    EXPECT_EQ(spent, 1000);
    EXPECT_EQ(limiter.GetStats().used, 1000);
}

TEST(OutboundLimiterRace, IsSharedByCoroutinesOfSeveralThreads) {
    OutboundLimiter limiter({.limit = 50, .window = std::chrono::milliseconds(2)});
    std::atomic<int> passed = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            mp::testing::TaskRunner runner;
            for (int i = 0; i < 100; ++i) {
                passed += runner.Run(limiter.Acquire(1 + i % 5, Deadline::After(seconds(20)))).ok();
            }
        });
    }
    threads.clear();
    EXPECT_EQ(passed, 400);
    EXPECT_EQ(limiter.GetStats().passed, 400u);
}

}  // namespace
}  // namespace mp::reliability
