// Several schedulers: whatever happens to them and to the broker, each due time is fired once.

#include <csignal>

#include "stand.hpp"

namespace mp::scheduler {
namespace {

using namespace std::chrono_literals;

class LeadershipTest : public SchedulerTest {
  protected:
    SchedulerProcess& Leader() {
        const std::string leader = Jobs().leader();
        for (const auto& scheduler : schedulers_) {
            if (scheduler->instance() == leader) return *scheduler;
        }
        ADD_FAILURE() << "nobody leads: " << leader;
        return *schedulers_.back();
    }
    int64_t LastFired() { return *Fired("tick").rbegin(); }
};

TEST_F(LeadershipTest, NeitherSkipsNorDoublesWhenTheLeaderIsKilled) {
    Start("a");
    Start("b");
    Start("c");
    ASSERT_TRUE(WaitForFirings("tick", 2));
    for (int round = 0; round < 2; ++round) {
        SchedulerProcess& leader = Leader();
        const std::string dead = leader.instance();
        const int64_t last = LastFired();
        Kill(leader);
        ASSERT_TRUE(WaitForFirings("tick", 4, last)) << schedulers_.back()->child().Output();
        EXPECT_NE(Jobs().leader(), dead);
    }
    ExpectNoHoles("tick");
}

TEST_F(LeadershipTest, PassesOnAtOnceWhenTheLeaderStops) {
    Start("a");
    Start("b");
    ASSERT_TRUE(WaitForFirings("tick", 1));
    SchedulerProcess& leader = Leader();
    const std::string stopped = leader.instance();
    EXPECT_EQ(leader.child().Terminate(10s), 0) << leader.child().Output();
    Kill(leader);
    const bool passed_on = testing::Eventually(
        [&] { return !Jobs().leader().empty() && Jobs().leader() != stopped; }, 1s
    );
    EXPECT_TRUE(passed_on) << "leader is " << Jobs().leader();
    ASSERT_TRUE(WaitForFirings("tick", 2, LastFired()));
    ExpectNoHoles("tick");
}

TEST_F(LeadershipTest, DoesNotFireAgainWhenAFrozenLeaderWakesUp) {
    Start("a");
    Start("b");
    ASSERT_TRUE(WaitForFirings("tick", 1));
    SchedulerProcess& leader = Leader();
    const std::string frozen = leader.instance();
    leader.child().Signal(SIGSTOP);
    if (schedulers_.back().get() == &leader)
        std::rotate(schedulers_.begin(), schedulers_.end() - 1, schedulers_.end());
    ASSERT_TRUE(testing::Eventually([&] { return Jobs().leader() != frozen; }));
    leader.child().Signal(SIGCONT);
    ASSERT_TRUE(WaitForFirings("tick", 3, LastFired()));
    ExpectNoHoles("tick");
}

TEST_F(LeadershipTest, MakesUpForDueTimesWhileTheBrokerWasAway) {
    Start("a");
    Start("b");
    ASSERT_TRUE(WaitForFirings("tick", 2));
    const int64_t last = LastFired();
    nats_.Kill();
    const int64_t away_until = DefaultClock().Now() / kSecond + 4;
    ASSERT_TRUE(testing::Eventually([&] { return DefaultClock().Now() / kSecond > away_until; }));
    ASSERT_TRUE(nats_.Start().ok());
    ASSERT_TRUE(WaitForFirings("tick", 7, last)) << schedulers_.back()->child().Output();
    ExpectNoHoles("tick");
}

TEST_F(LeadershipTest, WaitsForABrokerThatIsNotThereYet) {
    nats_.Kill();
    schedulers_.push_back(std::make_unique<SchedulerProcess>(nats_.url(), "a", Tick()));
    SchedulerProcess& scheduler = *schedulers_.back();
    EXPECT_NE(scheduler.WaitForPort("http_port"), 0);
    EXPECT_TRUE(scheduler.child().Running());
    ASSERT_TRUE(nats_.Start().ok());
    EXPECT_TRUE(WaitForFirings("tick", 1)) << scheduler.child().Output();
    EXPECT_EQ(scheduler.child().Terminate(10s), 0);
}

}  // namespace
}  // namespace mp::scheduler
