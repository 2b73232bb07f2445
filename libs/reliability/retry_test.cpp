#include "reliability/retry.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "reliability/retry_after.hpp"
#include "testing/run_task.hpp"

namespace mp::reliability {
namespace {

using mp::testing::RunTask;
using std::chrono::hours;
using std::chrono::seconds;

Task<> Remember(std::vector<Duration>* waits, Duration wait) {
    waits->push_back(wait);
    co_return;
}

class RetryTest : public ::testing::Test {
  protected:
    RetryTest() {
        policy_.backoff.jitter = Jitter::kNone;
        policy_.pause = [this](Duration wait) { return Remember(&waits_, wait); };
    }

    // Fails with each of `failures` in turn, then answers 7.
    Result<int> Run(std::vector<Status> failures, Duration patience = hours(1)) {
        calls_ = 0;
        failures_ = std::move(failures);
        const auto make = [this] { return Attempt(); };
        return RunTask(Retry(policy_, Deadline::After(patience), make));
    }

    Task<Result<int>> Attempt() {
        const size_t call = calls_++;
        if (call < failures_.size()) co_return failures_[call];
        co_return 7;
    }

    RetryPolicy policy_;
    std::vector<Status> failures_;
    std::vector<Duration> waits_;
    size_t calls_ = 0;
};

const Status kDown = absl::UnavailableError("down");

TEST_F(RetryTest, RepeatsWithGrowingWaitsUntilItSucceeds) {
    EXPECT_EQ(Run({kDown, kDown}).value(), 7);
    EXPECT_EQ(waits_, (std::vector<Duration>{seconds(1), seconds(2)}));
}

TEST_F(RetryTest, GivesUpWithTheLastErrorAfterThreeAttempts) {
    EXPECT_EQ(Run({kDown, kDown, absl::AbortedError("last")}).status(), absl::AbortedError("last"));
    EXPECT_EQ(calls_, 3u);
}

TEST_F(RetryTest, DoesNotRepeatWhatWillFailAgain) {
    EXPECT_EQ(Run({absl::NotFoundError("no")}).status().code(), StatusCode::kNotFound);
    EXPECT_EQ(calls_, 1u);
}

TEST_F(RetryTest, BeginsNoWaitThatEndsAfterTheDeadline) {
    policy_.max_attempts = 0;
    EXPECT_FALSE(Run(std::vector<Status>(100, kDown), seconds(20)).ok());
    EXPECT_EQ(calls_, 6u);  // 1 2 4 8 16 s fit (and take no time here), 32 s does not
}

TEST_F(RetryTest, ObeysAnErrorThatSaysWhenToComeBack) {
    EXPECT_TRUE(Run({WithRetryAfter(absl::ResourceExhaustedError("429"), seconds(30))}).ok());
    EXPECT_EQ(waits_, (std::vector<Duration>{seconds(30)}));
    waits_.clear();
    EXPECT_FALSE(Run({WithRetryAfter(kDown, hours(2))}).ok());
    EXPECT_TRUE(waits_.empty());
}

TEST_F(RetryTest, StopsWhenTheBudgetIsUsedUp) {
    RetryBudget budget(0.1, 2);
    policy_.budget = &budget;
    EXPECT_TRUE(Run({kDown, kDown}).ok());
    EXPECT_FALSE(Run({kDown}).ok());
    EXPECT_EQ(calls_, 1u);
    EXPECT_EQ(budget.GetStats().spent, 2u);
    EXPECT_EQ(budget.GetStats().refused, 1u);
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(Run({}).ok());
    EXPECT_TRUE(Run({kDown}).ok());
}

TEST(RetryBudgetRace, NeverSpendsMoreThanItHas) {
    RetryBudget budget(0, 100);
    std::atomic<int> taken = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) {
                budget.OnCall();
                taken += budget.TakeRetry();
            }
        });
    }
    threads.clear();
    EXPECT_EQ(taken, 100);
}

}  // namespace
}  // namespace mp::reliability
