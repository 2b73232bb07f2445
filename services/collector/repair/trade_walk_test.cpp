#include "collector/repair/trade_walk.hpp"

#include <gtest/gtest.h>
#include <map>
#include <random>

namespace mp::collector {
namespace {

using State = model::CoverageState;

constexpr Nanos kMs = kMillisecond;
constexpr Nanos kLongAfter = 10'000 * kSecond;

// A venue's trades: (number, millisecond).
std::vector<PastTrade> Trades(std::initializer_list<std::pair<uint64_t, Nanos>> rows) {
    std::vector<PastTrade> trades;
    for (const auto& [number, time] : rows) {
        PastTrade& trade = trades.emplace_back();
        trade.number = number;
        trade.event.order_ts = time * kMs;
        trade.event.body.emplace<model::Trade>().trade_id.number = number;
    }
    return trades;
}

class TradeWalkTest : public ::testing::Test {
  protected:
    void Take(TradeWalk& walk, const std::vector<PastTrade>& page, bool newest = false) {
        walk.Take(page, newest, kLongAfter, events_, findings_);
    }
    std::vector<uint64_t> Numbers() const {
        std::vector<uint64_t> numbers;
        for (const auto& event : events_) {
            numbers.push_back(std::get<model::Trade>(event.body).trade_id.number);
        }
        return numbers;
    }
    void ExpectFinding(size_t at, State state, Nanos from, Nanos to) const {
        ASSERT_LT(at, findings_.size());
        EXPECT_EQ(findings_[at].state, state);
        EXPECT_EQ(findings_[at].basis, model::CoverageBasis::kSequence);
        EXPECT_EQ(findings_[at].from, from);
        EXPECT_EQ(findings_[at].to, to);
    }

    std::vector<model::Event> events_;
    Findings findings_;
};

TEST_F(TradeWalkTest, ConsecutiveNumbersAcrossTheGapRepairIt) {
    TradeWalk walk({100 * kMs, 200 * kMs}, {6});
    Take(walk, Trades({{6, 99}, {7, 100}, {8, 150}, {9, 199}, {10, 200}, {11, 201}}));
    EXPECT_TRUE(walk.done());
    EXPECT_EQ(Numbers(), (std::vector<uint64_t>{7, 8, 9, 10})) << "the end's instant, too";
    ASSERT_EQ(findings_.size(), 1u);
    ExpectFinding(0, State::kRepaired, 100 * kMs, 200 * kMs);
    EXPECT_EQ(findings_[0].from_id, 7u);
    EXPECT_EQ(findings_[0].to_id, 9u);
}

TEST_F(TradeWalkTest, AGapWithoutATradeIsRepairedByItsNeighbours) {
    TradeWalk walk({100 * kMs, 200 * kMs}, {6});
    Take(walk, Trades({{6, 99}, {7, 201}}));
    EXPECT_TRUE(events_.empty());
    ExpectFinding(0, State::kRepaired, 100 * kMs, 200 * kMs);
    EXPECT_FALSE(findings_[0].from_id.has_value());
}

TEST_F(TradeWalkTest, ClaimsAPageUpToItsLastInstant) {
    TradeWalk walk({100 * kMs, 200 * kMs}, {6});
    Take(walk, Trades({{6, 99}, {7, 120}, {8, 150}}));
    EXPECT_FALSE(walk.done());
    EXPECT_EQ(walk.next(), 9u);
    ExpectFinding(0, State::kRepaired, 100 * kMs, 150 * kMs);
    EXPECT_EQ(findings_[0].to_id, 7u);
    Take(walk, Trades({{9, 150}, {10, 220}}));
    EXPECT_TRUE(walk.done());
    ExpectFinding(1, State::kRepaired, 150 * kMs, 200 * kMs);
    EXPECT_EQ(findings_[1].from_id, 8u);
    EXPECT_EQ(findings_[1].to_id, 9u);
    EXPECT_EQ(Numbers(), (std::vector<uint64_t>{7, 8, 9}));
}

TEST_F(TradeWalkTest, AMissingNumberIsAHoleWithBothItsInstants) {
    TradeWalk walk({100 * kMs, 200 * kMs}, {6});
    Take(walk, Trades({{6, 99}, {7, 120}, {9, 150}, {10, 210}}));
    ASSERT_EQ(findings_.size(), 3u);
    ExpectFinding(0, State::kRepaired, 100 * kMs, 120 * kMs);
    ExpectFinding(1, State::kUnrepairable, 120 * kMs, 150 * kMs + 1);
    EXPECT_EQ(findings_[1].reason, gap_reason::kVenueGap);
    EXPECT_EQ(findings_[1].missing, 1u);
    ExpectFinding(2, State::kRepaired, 150 * kMs + 1, 200 * kMs);
    EXPECT_EQ(Numbers(), (std::vector<uint64_t>{7, 9})) << "what there is counts all the same";
}

TEST_F(TradeWalkTest, StepsBackWhereTheFirstTradeIsInsideTheGap) {
    TradeWalk walk({100 * kMs, 200 * kMs}, {500});
    Take(walk, Trades({{500, 100}, {501, 201}}));
    EXPECT_TRUE(findings_.empty());
    EXPECT_EQ(walk.next(), 400u);
    Take(walk, Trades({{400, 50}, {401, 60}}));
    EXPECT_EQ(walk.next(), 402u);
    EXPECT_TRUE(events_.empty());
}

TEST_F(TradeWalkTest, WhatTheVenueNoLongerHasIsExpired) {
    TradeWalk walk({100 * kMs, 200 * kMs}, {6});
    Take(walk, Trades({{50, 130}, {51, 160}, {52, 300}}));
    ASSERT_EQ(findings_.size(), 2u);
    ExpectFinding(0, State::kUnrepairable, 100 * kMs, 130 * kMs + 1);
    EXPECT_EQ(findings_[0].reason, gap_reason::kExpired);
    ExpectFinding(1, State::kRepaired, 130 * kMs + 1, 200 * kMs);
}

TEST_F(TradeWalkTest, BeforeTheFirstTradeEverNothingIsMissing) {
    TradeWalk walk({100 * kMs, 200 * kMs}, {1, true});
    Take(walk, Trades({{1, 130}, {2, 160}, {3, 300}}));
    ASSERT_EQ(findings_.size(), 1u);
    ExpectFinding(0, State::kRepaired, 100 * kMs, 200 * kMs);
    EXPECT_EQ(findings_[0].from_id, 1u);
}

TEST_F(TradeWalkTest, TheNewestTradeEndsAnOldGap) {
    TradeWalk walk({100 * kMs, 200 * kMs}, {6});
    Take(walk, Trades({{6, 99}, {7, 120}}), true);
    EXPECT_TRUE(walk.done());
    ExpectFinding(1, State::kRepaired, 120 * kMs, 200 * kMs);
}

TEST_F(TradeWalkTest, TheNewestTradeDoesNotEndAGapOfJustNow) {
    TradeWalk walk({100 * kMs, 200 * kMs}, {6});
    walk.Take(Trades({{6, 99}, {7, 120}}), true, 210 * kMs, events_, findings_);
    EXPECT_FALSE(walk.done());
    EXPECT_EQ(walk.decided_to(), 120 * kMs);
}

// Whatever the venue withholds: nothing is claimed over it, and nothing else is missing.
TEST_F(TradeWalkTest, NeverClaimsWhatItHasNotSeen) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 2000; ++round) {
        events_.clear();
        findings_.clear();
        std::map<uint64_t, Nanos> all;
        Nanos time = 0;
        for (uint64_t number = 1; number <= 60; ++number) {
            time += static_cast<Nanos>(random() % 3);
            all[number] = time;
        }
        const Nanos from = static_cast<Nanos>(2 + random() % 30) * kMs;
        const Nanos to = from + static_cast<Nanos>(1 + random() % 40) * kMs;
        std::map<uint64_t, Nanos> offered = all;
        for (uint64_t n = random() % 3; n > 0; --n) offered.erase(random() % 59 + 1);
        TradeWalk walk({from, to}, {1 + random() % 10});
        for (int page = 0; page < 40 && !walk.done(); ++page) {
            std::vector<PastTrade> trades;
            for (auto at = offered.lower_bound(walk.next()); at != offered.end(); ++at) {
                if (trades.size() == 7) break;
                trades.push_back(Trades({{at->first, at->second}}).front());
            }
            Take(walk, trades, trades.size() < 7);
            if (trades.empty()) break;
        }
        const auto published = Numbers();
        Nanos decided = from;
        for (const Finding& finding : findings_) {
            EXPECT_EQ(finding.from, decided);
            decided = finding.to;
            for (const auto& [number, ms] : all) {
                const Nanos at = ms * kMs;
                if (finding.state != State::kRepaired || at < finding.from || at >= finding.to)
                    continue;
                EXPECT_NE(std::find(published.begin(), published.end(), number), published.end());
            }
        }
        EXPECT_LE(decided, to);
    }
}

}  // namespace
}  // namespace mp::collector
