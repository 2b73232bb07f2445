#include "reliability/bulkhead.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <vector>

#include "runtime/all_of.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "testing/run_task.hpp"

namespace mp::reliability {
namespace {

using mp::testing::RunTask;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Deadline kSoon = Deadline::After(seconds(20));

class BulkheadTest : public ::testing::Test {
  protected:
    Bulkhead::Slot Take() { return *runner_.Run(bulkhead_.Enter(kSoon)); }

    // Holds a slot until `gate`, noting the order of entry and how many are inside.
    Task<Status> Hold(int who) {
        auto slot = co_await bulkhead_.Enter(kSoon);
        if (!slot.ok()) co_return slot.status();
        order_.push_back(who);
        most_ = std::max(most_, ++inside_);
        co_await runtime::Yield();
        --inside_;
        co_return OkStatus();
    }

    mp::testing::TaskRunner runner_;
    Bulkhead bulkhead_{"storage", {.max_concurrent = 2, .max_waiting = 3}};
    std::vector<int> order_;
    int inside_ = 0;
    int most_ = 0;
};

TEST_F(BulkheadTest, LetsOnlySoManyInAndServesInOrder) {
    std::vector<Task<Status>> tasks;
    for (int who = 0; who < 5; ++who) tasks.push_back(Hold(who));
    EXPECT_TRUE(runner_.Run(runtime::AllOf(std::move(tasks))).ok());
    EXPECT_EQ(order_, (std::vector<int>{0, 1, 2, 3, 4}));
    EXPECT_EQ(most_, 2);
    EXPECT_EQ(bulkhead_.GetStats().running, 0u);
    EXPECT_EQ(bulkhead_.GetStats().entered, 5u);
}

TEST_F(BulkheadTest, RefusesWhenTheLineIsFull) {
    std::vector<Task<Status>> tasks;
    for (int who = 0; who < 6; ++who) tasks.push_back(Hold(who));
    EXPECT_EQ(runner_.Run(runtime::AllOf(std::move(tasks))).code(), StatusCode::kResourceExhausted);
    EXPECT_EQ(bulkhead_.GetStats().refused, 1u);
    EXPECT_EQ(bulkhead_.GetStats().running, 0u);
    EXPECT_EQ(bulkhead_.GetStats().waiting, 0u);
}

TEST_F(BulkheadTest, WaitsNoLongerThanTheDeadline) {
    const auto one = Take();
    const auto other = Take();
    const auto late = runner_.Run(bulkhead_.Enter(Deadline::After(milliseconds(1))));
    EXPECT_EQ(late.status().code(), StatusCode::kDeadlineExceeded);
    EXPECT_EQ(bulkhead_.GetStats().expired, 1u);
    EXPECT_EQ(bulkhead_.GetStats().waiting, 0u);
}

Task<Status> Grant(std::optional<Bulkhead::Slot>& held) {
    co_await runtime::Yield();
    held.reset();  // hands the slot over, and in the same turn ends the waiter's group
    co_return OkStatus();
}

Task<Status> EnterAndKeep(Bulkhead& bulkhead) {
    const auto slot = co_await bulkhead.Enter(kSoon);
    co_return slot.status();
}

TEST_F(BulkheadTest, LosesNoSlotWhenAWaiterIsCancelledAsItIsGranted) {
    std::optional<Bulkhead::Slot> one(Take());
    const auto other = Take();
    EXPECT_TRUE(runner_.Run(runtime::FirstOf(Grant(one), EnterAndKeep(bulkhead_))).ok());
    EXPECT_EQ(bulkhead_.GetStats().running, 1u);
    EXPECT_EQ(bulkhead_.GetStats().waiting, 0u);
}

Task<Result<int>> Answer(bool* started) {
    *started = true;
    co_return 7;
}

TEST_F(BulkheadTest, StartsNoWorkThatItRefuses) {
    bool started = false;
    EXPECT_EQ(*runner_.Run(bulkhead_.Call(Answer(&started), kSoon)), 7);
    const auto one = Take();
    const auto other = Take();
    started = false;
    const Deadline past = Deadline::After(seconds(0));
    EXPECT_FALSE(runner_.Run(bulkhead_.Call(Answer(&started), past)).ok());
    EXPECT_FALSE(started);
}

}  // namespace
}  // namespace mp::reliability
