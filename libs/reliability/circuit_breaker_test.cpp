#include "reliability/circuit_breaker.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "reliability/retry_after.hpp"
#include "telemetry/logging.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::reliability {
namespace {

using State = CircuitBreaker::State;
using std::chrono::seconds;

const Status kDown = absl::UnavailableError("down");

class CircuitBreakerTest : public ::testing::Test {
  protected:
    void Calls(int times, const Status& outcome) {
        for (int i = 0; i < times; ++i) {
            auto permit = breaker_.Allow();
            ASSERT_TRUE(permit.ok());
            permit->Report(outcome);
        }
    }
    void Open() { Calls(5, kDown); }
    State state() const { return breaker_.GetStats().state; }

    mp::testing::ManualClock clock_;
    std::vector<CircuitBreaker::Change> changes_;
    CircuitBreaker breaker_{
        "storage",
        {.on_change = [this](const auto& change) { changes_.push_back(change); }},
        clock_};
};

TEST_F(CircuitBreakerTest, OpensAfterFiveFailuresInARow) {
    Calls(4, kDown);
    EXPECT_EQ(state(), State::kClosed);
    Calls(1, kDown);
    EXPECT_EQ(state(), State::kOpen);
    ASSERT_EQ(changes_.size(), 1u);
    EXPECT_EQ(changes_[0].failures, 5);
}

TEST_F(CircuitBreakerTest, ForgetsFailuresAfterASuccess) {
    Calls(4, kDown);
    Calls(1, OkStatus());
    Calls(4, kDown);
    EXPECT_EQ(state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, CountsOnlyTheExpectedErrors) {
    Calls(20, absl::NotFoundError("no such instrument"));
    Calls(20, absl::InvalidArgumentError("bad limit"));
    EXPECT_EQ(state(), State::kClosed);
    EXPECT_EQ(breaker_.GetStats().failures, 0);
}

TEST_F(CircuitBreakerTest, SaysThatItIsOpenUntilItWouldLetAProbeThrough) {
    EXPECT_FALSE(breaker_.IsOpen());
    Open();
    EXPECT_TRUE(breaker_.IsOpen());
    clock_.Advance(seconds(60));
    EXPECT_FALSE(breaker_.IsOpen());
}

TEST_F(CircuitBreakerTest, ACheckRefusesAsACallWouldAndTakesNothing) {
    EXPECT_EQ(breaker_.Check(), OkStatus());
    Open();
    EXPECT_TRUE(IsCircuitOpen(breaker_.Check()));
    EXPECT_EQ(breaker_.GetStats().refused, 1u);
    clock_.Advance(seconds(60));
    for (int i = 0; i < 9; ++i) EXPECT_EQ(breaker_.Check(), OkStatus());
    EXPECT_EQ(state(), State::kOpen);
    const auto first = breaker_.Allow(), second = breaker_.Allow(), third = breaker_.Allow();
    EXPECT_TRUE(third.ok());
    EXPECT_TRUE(IsCircuitOpen(breaker_.Check()));
}

TEST_F(CircuitBreakerTest, RefusesWithItsOwnErrorAndSaysWhenToComeBack) {
    Open();
    clock_.Advance(seconds(20));
    const Status refusal = breaker_.Allow().status();
    EXPECT_EQ(refusal.code(), StatusCode::kUnavailable);
    EXPECT_EQ(refusal.message(), "circuit breaker storage is open");
    EXPECT_TRUE(IsCircuitOpen(refusal));
    EXPECT_FALSE(IsCircuitOpen(kDown));
    EXPECT_EQ(RetryAfterOf(refusal), Duration(seconds(40)));
    EXPECT_EQ(breaker_.GetStats().refused, 1u);
}

TEST_F(CircuitBreakerTest, ClosesAfterTwoGoodProbes) {
    Open();
    clock_.Advance(seconds(60));
    Calls(1, OkStatus());
    EXPECT_EQ(state(), State::kHalfOpen);
    Calls(1, OkStatus());
    EXPECT_EQ(state(), State::kClosed);
    EXPECT_EQ(breaker_.GetStats().failures, 0);
    EXPECT_EQ(changes_.size(), 3u);
}

TEST_F(CircuitBreakerTest, OpensAgainAfterOneBadProbe) {
    Open();
    clock_.Advance(seconds(60));
    Calls(1, OkStatus());
    Calls(1, kDown);
    EXPECT_EQ(state(), State::kOpen);
    clock_.Advance(seconds(59));
    EXPECT_FALSE(breaker_.Allow().ok());
    clock_.Advance(seconds(1));
    EXPECT_TRUE(breaker_.Allow().ok());
}

TEST_F(CircuitBreakerTest, LetsAtMostThreeProbesRunAtATime) {
    Open();
    clock_.Advance(seconds(60));
    std::vector<CircuitBreaker::Permit> probes;
    for (int i = 0; i < 3; ++i) probes.push_back(*breaker_.Allow());
    EXPECT_FALSE(breaker_.Allow().ok());
    probes.pop_back();  // cancelled: says nothing, but makes room
    EXPECT_EQ(state(), State::kHalfOpen);
    EXPECT_TRUE(breaker_.Allow().ok());
}

TEST_F(CircuitBreakerTest, IgnoresCallsFromBeforeTheLastChange) {
    auto slow = breaker_.Allow();
    Open();
    clock_.Advance(seconds(60));
    auto probe = breaker_.Allow();
    slow->Report(kDown);
    EXPECT_EQ(state(), State::kHalfOpen);
    probe->Report(OkStatus());
}

Task<Result<int>> Answer(int* calls, Result<int> answer) {
    ++*calls;
    co_return answer;
}

TEST_F(CircuitBreakerTest, CallsNothingWhileOpen) {
    int calls = 0;
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(mp::testing::RunTask(breaker_.Call(Answer(&calls, kDown))).ok());
    }
    EXPECT_TRUE(IsCircuitOpen(mp::testing::RunTask(breaker_.Call(Answer(&calls, 7))).status()));
    EXPECT_EQ(calls, 5);
    clock_.Advance(seconds(60));
    EXPECT_EQ(mp::testing::RunTask(breaker_.Call(Answer(&calls, 7))).value(), 7);
}

TEST(CircuitBreakerRace, NeverLetsMoreProbesThroughThanItsLimit) {
    mp::testing::ManualClock clock;
    CircuitBreaker breaker("storage", {.success_threshold = 1 << 20}, clock);
    for (int i = 0; i < 5; ++i) breaker.Allow()->Report(kDown);
    clock.Advance(seconds(60));
    std::atomic<int> probes = 0;
    std::atomic<int> most = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 5'000; ++i) {
                auto permit = breaker.Allow();
                if (!permit.ok()) continue;
                const int now = ++probes;
                for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
                }
                --probes;
                permit->Report(OkStatus());
            }
        });
    }
    threads.clear();
    EXPECT_GE(most, 1);
    EXPECT_LE(most, 3);
}

TEST(CircuitBreakerRace, KeepsItsCountsUnderConcurrentCalls) {
    telemetry::SetLogLevel(telemetry::LogLevel::kOff);  // it changes thousands of times
    mp::testing::ManualClock clock;
    std::atomic<int> opened = 0;
    CircuitBreaker breaker(
        "storage",
        {.open_for = Duration(0),
         .on_change = [&](const auto& change) { opened += change.to == State::kOpen; }},
        clock
    );
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 5'000; ++i) {
                if (auto permit = breaker.Allow(); permit.ok()) {
                    permit->Report((i + t) % 3 == 0 ? OkStatus() : kDown);
                }
            }
        });
    }
    threads.clear();
    const auto stats = breaker.GetStats();
    EXPECT_EQ(stats.allowed + stats.refused, 20'000u);
    EXPECT_EQ(stats.opened, static_cast<uint64_t>(opened));
}

}  // namespace
}  // namespace mp::reliability
