#include "reliability/leadership.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <vector>

#include "runtime/condition.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "testing/fake_key_value.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::reliability {
namespace {

using std::chrono::seconds;

Task<> AdvanceBy(mp::testing::ManualClock* clock, Duration wait) {
    clock->Advance(wait);
    co_await runtime::Yield();
}

// One instance that campaigns, and what it did.
class Candidate {
  public:
    Candidate(mp::testing::FakeKeyValue& bucket, mp::testing::ManualClock& clock, std::string name)
        : pause_([&clock](Duration wait) { return AdvanceBy(&clock, wait); }),
          lock_(bucket, "leader", std::move(name), {}, clock, pause_),
          leadership_(
              lock_, {.on_change = [this](bool leading, uint64_t) { OnChange(leading); }}, pause_
          ) {}

    Task<Status> Run() {
        return leadership_.Run([this](uint64_t token) { return Lead(token); });
    }
    Task<Status> Leads(int terms) {
        while (started < terms) co_await changed_.Wait();
        co_return OkStatus();
    }
    Task<Status> Ends(int terms) {
        while (ended < terms) co_await changed_.Wait();
        co_return OkStatus();
    }

    int started = 0;
    int ended = 0;
    Duration left_at_end{0};
    std::vector<uint64_t> tokens;
    runtime::Event finish;

    const Leadership& leadership() const { return leadership_; }

  private:
    Task<Status> Lead(uint64_t token) {
        tokens.push_back(token);
        co_await finish.Wait();
        co_return absl::OutOfRangeError("finished");
    }
    void OnChange(bool leading) {
        (leading ? started : ended) += 1;
        if (!leading) left_at_end = lock_.HeldFor();
        changed_.NotifyAll();
    }

    const Pause pause_;
    DistributedLock lock_;
    Leadership leadership_;
    runtime::Condition changed_;
};

class LeadershipTest : public ::testing::Test {
  protected:
    mp::testing::ManualClock clock_;
    mp::testing::TaskRunner runner_;
    mp::testing::FakeKeyValue bucket_{clock_};
    Candidate a_{bucket_, clock_, "a"};
    Candidate b_{bucket_, clock_, "b"};
};

TEST_F(LeadershipTest, EndsWithWhatItLedAndGivesTheLockUp) {
    a_.finish.Set();
    EXPECT_EQ(runner_.Run(a_.Run()), absl::OutOfRangeError("finished"));
    EXPECT_EQ(a_.ended, 1);
    EXPECT_FALSE(a_.leadership().leading());
    EXPECT_FALSE(runner_.Run(bucket_.Get("leader")).ok());
}

TEST_F(LeadershipTest, GivesTheLockUpWhenCancelled) {
    EXPECT_TRUE(runner_.Run(runtime::FirstOf(a_.Run(), a_.Leads(1))).ok());
    EXPECT_EQ(a_.ended, 1);
    EXPECT_FALSE(runner_.Run(bucket_.Get("leader")).ok());
}

TEST_F(LeadershipTest, PassesToAnotherWhenItsHolderGoes) {
    EXPECT_TRUE(runner_.Run(runtime::FirstOf(a_.Run(), a_.Leads(1))).ok());
    EXPECT_TRUE(runner_.Run(runtime::FirstOf(b_.Run(), b_.Leads(1))).ok());
    EXPECT_GT(b_.tokens.at(0), a_.tokens.at(0));
}

TEST_F(LeadershipTest, LeadsAgainAfterItLostTheLock) {
    runner_.Start(a_.Run());
    EXPECT_TRUE(runner_.Run(a_.Leads(1)).ok());
    EXPECT_TRUE(runner_.Run(bucket_.Delete("leader")).ok());
    EXPECT_TRUE(runner_.Run(a_.Leads(2)).ok());
    EXPECT_EQ(a_.ended, 1);
    EXPECT_GT(a_.tokens.at(1), a_.tokens.at(0));
    a_.finish.Set();
    EXPECT_TRUE(runner_.Run(a_.Ends(2)).ok());
}

TEST_F(LeadershipTest, StopsBeforeTheLockRunsOutWhenTheBucketIsAway) {
    runner_.Start(a_.Run());
    EXPECT_TRUE(runner_.Run(a_.Leads(1)).ok());
    bucket_.SetAway(true);
    EXPECT_TRUE(runner_.Run(a_.Ends(1)).ok());
    EXPECT_GT(a_.left_at_end, seconds(0));
    bucket_.SetAway(false);
    EXPECT_TRUE(runner_.Run(a_.Leads(2)).ok());
    a_.finish.Set();
    EXPECT_TRUE(runner_.Run(a_.Ends(2)).ok());
}

}  // namespace
}  // namespace mp::reliability
