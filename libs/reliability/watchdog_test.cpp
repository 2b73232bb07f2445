#include "reliability/watchdog.hpp"

#include <gtest/gtest.h>

namespace mp::reliability {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class WatchdogTest : public ::testing::Test {
  protected:
    // `seconds` of traffic: a busy channel every 100 ms, the quiet one every `quiet_every` seconds.
    void Trade(int for_seconds, int quiet_every, bool quiet_speaks = true) {
        for (int i = 0; i < for_seconds * 10; ++i) {
            now_ += 100 * kMillisecond;
            watchdog_.OnMessage(busy_, now_);
            if (quiet_speaks && i % (quiet_every * 10) == 0) watchdog_.OnMessage(quiet_, now_);
            if (i % 10 == 0) Collect();
        }
    }
    void Wait(Duration duration, bool heartbeats) {
        for (const Nanos end = now_ + duration.count(); now_ < end;) {
            now_ += kSecond;
            if (heartbeats) watchdog_.OnHeartbeat(now_);
            Collect();
        }
    }
    void Collect() {
        for (const auto& silence : watchdog_.Check(now_)) reported_.push_back(silence);
    }

    Nanos now_ = 1'000 * kSecond;
    Watchdog watchdog_{{}, now_};
    Watchdog::Channel busy_ = watchdog_.Add(now_);
    Watchdog::Channel quiet_ = watchdog_.Add(now_);
    std::vector<Watchdog::Silence> reported_;
};

TEST_F(WatchdogTest, LearnsThatASymbolIsQuiet) {
    Trade(1200, 40);
    EXPECT_TRUE(reported_.empty());
}

TEST_F(WatchdogTest, ReportsAChannelThatFellSilentWhileItsSiblingsSpeak) {
    Trade(300, 5);
    Trade(60, 5, false);
    ASSERT_FALSE(reported_.empty());
    EXPECT_EQ(reported_[0].channel, quiet_);
    EXPECT_GE(reported_[0].silent_for, seconds(10));
    EXPECT_LE(reported_[0].silent_for, seconds(20));
}

TEST_F(WatchdogTest, ReportsAgainOnlyAfterTwiceTheSilence) {
    Trade(300, 5);
    Trade(200, 5, false);
    ASSERT_GE(reported_.size(), 3u);
    EXPECT_GE(reported_[1].silent_for, reported_[0].silent_for * 19 / 10);
    EXPECT_GE(reported_[2].silent_for, reported_[1].silent_for * 19 / 10);
    EXPECT_EQ(watchdog_.GetStats().silent_channels, reported_.size());
}

TEST_F(WatchdogTest, SuspectsNoChannelWhenTheWholeMarketSlowsDown) {
    Trade(300, 5);
    for (int i = 0; i < 8; ++i) {  // a message of the busy one every 2.5 s, none of the quiet one
        Wait(std::chrono::milliseconds(2500), true);
        watchdog_.OnMessage(busy_, now_);
    }
    EXPECT_TRUE(reported_.empty());
}

TEST_F(WatchdogTest, ReportsAConnectionWithNeitherDataNorHeartbeats) {
    Trade(60, 5);
    Wait(seconds(9), false);
    EXPECT_TRUE(reported_.empty());
    Wait(seconds(23), false);
    ASSERT_FALSE(reported_.empty());
    EXPECT_EQ(reported_[0].channel, std::nullopt);
}

TEST_F(WatchdogTest, ReportsAConnectionThatHeartbeatsButCarriesNoData) {
    Trade(300, 5);
    Wait(seconds(12), true);
    ASSERT_EQ(reported_.size(), 1u);
    EXPECT_EQ(reported_[0].channel, std::nullopt);
    EXPECT_EQ(watchdog_.GetStats().silent_connections, 1u);
}

TEST_F(WatchdogTest, CountsSilenceAnewAfterAReconnect) {
    Trade(60, 5);
    now_ += 3600 * kSecond;
    watchdog_.OnConnected(now_);
    Collect();
    EXPECT_TRUE(reported_.empty());
}

TEST_F(WatchdogTest, HoldsAVenueToItsPromisedPace) {
    const auto paced = watchdog_.Add(now_, seconds(5));
    Trade(30, 5);
    ASSERT_EQ(reported_.size(), 1u);
    EXPECT_EQ(reported_[0].channel, paced);
}

TEST_F(WatchdogTest, TrustsAChannelThatNeverSpokeOnlySoLong) {
    Trade(3590, 5, false);
    EXPECT_TRUE(reported_.empty());
    Trade(20, 5, false);
    ASSERT_EQ(reported_.size(), 1u);
    EXPECT_EQ(reported_[0].channel, quiet_);
}

TEST_F(WatchdogTest, GivesAFreedChannelToTheNext) {
    watchdog_.Remove(quiet_);
    Trade(7300, 1, false);
    EXPECT_TRUE(reported_.empty());
    EXPECT_EQ(watchdog_.GetStats().channels, 1u);
    EXPECT_EQ(watchdog_.Add(now_), quiet_);
}

}  // namespace
}  // namespace mp::reliability
