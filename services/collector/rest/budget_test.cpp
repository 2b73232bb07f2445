#include "collector/rest/budget.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

#include "reliability/retry_after.hpp"
#include "runtime/all_of.hpp"
#include "testing/fake_key_value.hpp"
#include "testing/run_task.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;

constexpr Duration kWindow = 300ms;

// Collectors that share one budget of 100, and when their requests passed.
class BudgetTest : public ::testing::Test {
  protected:
    Budget& Collector(double share = 0.1, int64_t limit = 100) {
        Budget::Config config;
        config.key = "rest.venue";
        config.limit = limit;
        config.window = kWindow;
        config.share = share;
        collectors_.push_back(std::make_unique<Budget>(config, bucket_, [this] {
            return reachable_;
        }));
        return *collectors_.back();
    }

    Task<Status> Request(Budget* budget, int64_t weight, Duration patience) {
        const Status passed = co_await budget->Acquire(weight, Deadline::After(patience));
        if (passed.ok()) passed_.push_back({DefaultClock().Steady(), weight});
        co_return passed;
    }

    Status Ask(Budget& budget, int64_t weight, Duration patience = 5s) {
        return runner_.Run(Request(&budget, weight, patience));
    }

    // The most weight that passed in any window of the venue's.
    int64_t Peak() const {
        int64_t peak = 0;
        for (const auto& [from, first] : passed_) {
            int64_t sum = 0;
            for (const auto& [at, weight] : passed_) {
                if (at >= from && at < from + kWindow.count()) sum += weight;
            }
            peak = std::max(peak, sum);
        }
        return peak;
    }

    bool reachable_ = true;
    testing::FakeKeyValue bucket_{DefaultClock()};
    testing::TaskRunner runner_;
    std::vector<std::unique_ptr<Budget>> collectors_;
    std::vector<std::pair<Nanos, int64_t>> passed_;
};

TEST_F(BudgetTest, ALoneRequestTakesNoMoreThanItNeeds) {
    Budget& budget = Collector();
    EXPECT_TRUE(Ask(budget, 5).ok());
    EXPECT_EQ(budget.GetStats().used, 5);
    EXPECT_EQ(budget.GetStats().slices, 1u);
}

TEST_F(BudgetTest, TheFleetNeverExceedsTheVenuesLimit) {
    std::vector<Task<Status>> requests;
    for (int collector = 0; collector < 3; ++collector) {
        Budget& budget = Collector();
        for (int i = 0; i < 60; ++i) requests.push_back(Request(&budget, 2, 20s));
    }
    EXPECT_TRUE(runner_.Run(runtime::AllOf(std::move(requests))).ok());
    EXPECT_EQ(passed_.size(), 180u);
    EXPECT_LE(Peak(), 90);
    EXPECT_GE(Peak(), 60) << "hardly any of it was used";
    uint64_t slices = 0;
    for (const auto& budget : collectors_) slices += budget->GetStats().slices;
    EXPECT_LT(slices, 90u) << "a change of the ledger for nearly every request";
}

TEST_F(BudgetTest, ALargeRequestIsNotOvertaken) {
    Budget& budget = Collector();
    ASSERT_TRUE(Ask(budget, 60).ok());
    std::vector<Task<Status>> requests;
    requests.push_back(Request(&budget, 80, 5s));
    for (int i = 0; i < 5; ++i) requests.push_back(Request(&budget, 1, 5s));
    EXPECT_TRUE(runner_.Run(runtime::AllOf(std::move(requests))).ok());
    ASSERT_EQ(passed_.size(), 7u);
    EXPECT_EQ(passed_[1].second, 80);
}

TEST_F(BudgetTest, RefusesWhatCannotPassInTime) {
    Budget& budget = Collector();
    ASSERT_TRUE(Ask(budget, 90).ok());
    const Status refused = Ask(budget, 1, 10ms);
    EXPECT_TRUE(absl::IsDeadlineExceeded(refused)) << refused;
    EXPECT_TRUE(reliability::RetryAfterOf(refused).has_value());
    EXPECT_TRUE(absl::IsInvalidArgument(Ask(budget, 91)));
    EXPECT_EQ(budget.GetStats().waiting, 0u);
}

TEST_F(BudgetTest, WhatTheVenueCountsIsEnteredForAll) {
    Budget& one = Collector();
    Budget& other = Collector();
    ASSERT_TRUE(Ask(one, 5).ok());
    runner_.Run(one.ServerUsed(88));
    EXPECT_TRUE(absl::IsDeadlineExceeded(Ask(other, 3, 10ms)));
    EXPECT_TRUE(Ask(other, 2, 10ms).ok());
    runner_.Run(one.ServerUsed(50));
    EXPECT_LE(other.GetStats().used, 90);
}

TEST_F(BudgetTest, ABanStopsEverybody) {
    Budget& one = Collector();
    Budget& other = Collector();
    ASSERT_TRUE(Ask(one, 5).ok());
    const Nanos banned = DefaultClock().Steady();
    runner_.Run(one.Block(200ms));
    EXPECT_TRUE(absl::IsDeadlineExceeded(Ask(one, 1, 20ms)));
    EXPECT_TRUE(absl::IsDeadlineExceeded(Ask(other, 1, 20ms)));
    EXPECT_TRUE(Ask(other, 1).ok());
    EXPECT_GE(passed_.back().first - banned, 190 * kMillisecond);
}

TEST_F(BudgetTest, WithoutTheBusItKeepsToItsShare) {
    reachable_ = false;
    bucket_.SetAway(true);
    Budget& budget = Collector();
    std::vector<Task<Status>> requests;
    requests.reserve(20);
    for (int i = 0; i < 20; ++i) requests.push_back(Request(&budget, 1, 5s));
    EXPECT_TRUE(runner_.Run(runtime::AllOf(std::move(requests))).ok());
    EXPECT_LE(Peak(), 10);
    EXPECT_EQ(budget.GetStats().alone, 20u);
    EXPECT_FALSE(Ask(budget, 11, 50ms).ok()) << "more than the share";
}

TEST_F(BudgetTest, ALostBusIsWaitedForUntilNothingGrantedCounts) {
    Budget& budget = Collector();
    ASSERT_TRUE(Ask(budget, 90).ok());
    reachable_ = false;
    bucket_.SetAway(true);
    EXPECT_TRUE(Ask(budget, 10).ok());
    EXPECT_GE(passed_[1].first - passed_[0].first, kWindow.count());
}

TEST_F(BudgetTest, WhatWasSpentAloneIsEnteredAfterwards) {
    reachable_ = false;
    bucket_.SetAway(true);
    Budget& budget = Collector();
    ASSERT_TRUE(Ask(budget, 10).ok());
    reachable_ = true;
    bucket_.SetAway(false);
    // Its share is spent; the rest of the window belongs to the others.
    EXPECT_FALSE(Ask(budget, 1, 50ms).ok());
    EXPECT_TRUE(Ask(budget, 1).ok());
    Budget& other = Collector();
    EXPECT_TRUE(Ask(other, 79, 10ms).ok());
    EXPECT_LE(Peak(), 100);
    EXPECT_GE(other.GetStats().used, 90);
}

TEST_F(BudgetTest, ALostAnswerCostsAGrantAndNoMore) {
    Budget& budget = Collector();
    ASSERT_TRUE(Ask(budget, 5).ok());
    bucket_.FailCall(absl::DeadlineExceededError("lost"), true);
    EXPECT_TRUE(Ask(budget, 5).ok());
    EXPECT_LE(budget.GetStats().used, 15);
}

TEST_F(BudgetTest, AnUnreadableLedgerIsWrittenAnew) {
    ASSERT_TRUE(runner_.Run(bucket_.Put("rest.venue", "nonsense")).ok());
    EXPECT_TRUE(Ask(Collector(), 5).ok());
    const auto entry = runner_.Run(bucket_.Get("rest.venue"));
    ASSERT_TRUE(entry.ok());
    EXPECT_TRUE(Ledger::Parse(entry->value).ok());
}

}  // namespace
}  // namespace mp::collector
