#include "reliability/distributed_lock.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <vector>

#include "runtime/all_of.hpp"
#include "runtime/sleep.hpp"
#include "testing/fake_key_value.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::reliability {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const Deadline kLate = Deadline::After(hours(1));

Task<> AdvanceBy(mp::testing::ManualClock* clock, Duration wait) {
    clock->Advance(wait);
    co_await runtime::Yield();
}

class DistributedLockTest : public ::testing::Test {
  protected:
    std::unique_ptr<DistributedLock> Make(std::string owner) {
        return std::make_unique<DistributedLock>(
            bucket_,
            "jobs.leader",
            std::move(owner),
            LockConfig{},
            clock_,
            [this](Duration wait) { return AdvanceBy(&clock_, wait); }
        );
    }
    template <typename T>
    T Run(Task<T> task) {
        return runner_.Run(std::move(task));
    }

    mp::testing::ManualClock clock_;
    mp::testing::TaskRunner runner_;
    mp::testing::FakeKeyValue bucket_{clock_};
    std::unique_ptr<DistributedLock> a_ = Make("a");
    std::unique_ptr<DistributedLock> b_ = Make("b");
};

TEST_F(DistributedLockTest, HasOneHolderAtATime) {
    EXPECT_TRUE(Run(a_->TryAcquire()).ok());
    EXPECT_TRUE(a_->Held());
    const Status refused = Run(b_->TryAcquire());
    EXPECT_EQ(refused.code(), StatusCode::kAlreadyExists);
    EXPECT_EQ(refused.message(), "held by a");
    EXPECT_TRUE(Run(a_->Release()).ok());
    EXPECT_FALSE(a_->Held());
    EXPECT_TRUE(Run(b_->TryAcquire()).ok());
    EXPECT_GT(b_->token(), a_->token());
    EXPECT_EQ(b_->GetStats().taken_over, 0u);
}

TEST_F(DistributedLockTest, WaitsForItsTurnUntilTheDeadline) {
    ASSERT_TRUE(Run(a_->TryAcquire()).ok());
    const Status late = Run(b_->Acquire(Deadline::After(seconds(0))));
    EXPECT_EQ(late.code(), StatusCode::kDeadlineExceeded);
    EXPECT_NE(late.message().find("held by a"), absl::string_view::npos);
    EXPECT_TRUE(Run(runtime::AllOf(b_->Acquire(kLate), a_->Release())).ok());
    EXPECT_TRUE(b_->Held());
    EXPECT_EQ(b_->GetStats().taken_over, 0u);
}

TEST_F(DistributedLockTest, IsTakenOverFromAHolderThatDoesNotRenew) {
    ASSERT_TRUE(Run(a_->TryAcquire()).ok());
    const Nanos began = clock_.Steady();
    EXPECT_TRUE(Run(b_->Acquire(kLate)).ok());
    EXPECT_EQ(Duration(clock_.Steady() - began), seconds(30));
    EXPECT_EQ(b_->GetStats().taken_over, 1u);
    EXPECT_GT(b_->token(), a_->token());
    EXPECT_FALSE(a_->Held());
    EXPECT_EQ(Run(a_->Renew()).code(), StatusCode::kAborted);
    EXPECT_EQ(a_->GetStats().lost, 1u);
}

TEST_F(DistributedLockTest, IsFreeOnceTheBucketForgotIt) {
    mp::testing::FakeKeyValue expiring(clock_, seconds(30));
    DistributedLock a(expiring, "k", "a", {}, clock_);
    DistributedLock b(expiring, "k", "b", {}, clock_);
    ASSERT_TRUE(Run(a.TryAcquire()).ok());
    clock_.Advance(seconds(30));
    EXPECT_FALSE(a.Held());
    EXPECT_TRUE(Run(b.TryAcquire()).ok());
}

TEST_F(DistributedLockTest, StaysHeldWhileRenewed) {
    ASSERT_TRUE(Run(a_->TryAcquire()).ok());
    const uint64_t token = a_->token();
    for (int i = 0; i < 10; ++i) {
        clock_.Advance(seconds(20));
        EXPECT_TRUE(Run(a_->Renew()).ok());
        EXPECT_EQ(Run(b_->TryAcquire()).code(), StatusCode::kAlreadyExists);
    }
    EXPECT_TRUE(a_->Held());
    EXPECT_EQ(a_->token(), token);
}

TEST_F(DistributedLockTest, LeavesAnotherHoldersLockAlone) {
    ASSERT_TRUE(Run(a_->TryAcquire()).ok());
    ASSERT_TRUE(Run(b_->Acquire(kLate)).ok());
    EXPECT_TRUE(Run(a_->Release()).ok());
    EXPECT_TRUE(b_->Held());
    EXPECT_TRUE(Run(bucket_.Get("jobs.leader")).ok());
}

TEST_F(DistributedLockTest, KnowsItsOwnWritesWhoseAnswersWereLost) {
    const Status cut = absl::UnavailableError("cut");
    bucket_.FailCall(cut, true);
    EXPECT_TRUE(Run(a_->Acquire(kLate)).ok());
    bucket_.FailCall(cut, true);
    EXPECT_EQ(Run(a_->Renew()).code(), StatusCode::kUnavailable);
    EXPECT_TRUE(Run(a_->Renew()).ok());
    bucket_.FailCall(cut, true);
    EXPECT_EQ(Run(a_->Renew()).code(), StatusCode::kUnavailable);
    EXPECT_TRUE(Run(a_->Release()).ok());
    EXPECT_TRUE(Run(b_->TryAcquire()).ok());
}

struct Section {
    int inside = 0;
    int entries = 0;
    uint64_t last_token = 0;
};

Task<Status> Enter(DistributedLock& lock, Section& section, int times) {
    for (int i = 0; i < times; ++i) {
        if (Status acquired = co_await lock.Acquire(kLate); !acquired.ok()) co_return acquired;
        EXPECT_EQ(++section.inside, 1);
        EXPECT_GT(lock.token(), section.last_token);
        section.last_token = lock.token();
        ++section.entries;
        co_await runtime::Yield();
        --section.inside;
        if (Status released = co_await lock.Release(); !released.ok()) co_return released;
    }
    co_return OkStatus();
}

Task<> YieldOnce(Duration) {
    return runtime::Yield();
}

TEST_F(DistributedLockTest, LetsNoTwoInAmongManyWhoRace) {
    std::vector<std::unique_ptr<DistributedLock>> locks;
    std::vector<Task<Status>> tasks;
    Section section;
    for (int i = 0; i < 8; ++i) {
        locks.push_back(std::make_unique<DistributedLock>(
            bucket_, "k", MakeOwnerId("test"), LockConfig{}, clock_, YieldOnce
        ));
        tasks.push_back(Enter(*locks.back(), section, 25));
    }
    EXPECT_TRUE(Run(runtime::AllOf(std::move(tasks))).ok());
    EXPECT_EQ(section.entries, 200);
}

}  // namespace
}  // namespace mp::reliability
