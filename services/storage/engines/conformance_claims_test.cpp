// What every engine must do with claims, deletions and retention.

#include <gmock/gmock.h>

#include "storage/engines/test/conformance.hpp"

namespace mp::storage {
namespace {

using ::testing::ElementsAre;

TEST_P(EngineConformance, DeletesAnIntervalAndItsClaims) {
    Append(
        engine(),
        {TestTrade(10, 1), TestTrade(20, 2), TestTrade(30, 3), TestTrade(40, 4), TestBbo(5, 1)}
    );
    Claim(engine(), {{{0, 100}}});
    EXPECT_EQ(Gaps(engine(), {0, 100}), "");
    EXPECT_EQ(DeleteAll(engine(), kTrades, {20, 40}), 2u);
    EXPECT_EQ(Rows(engine(), kTrades), Expected({TestTrade(10, 1), TestTrade(40, 4)}));
    EXPECT_EQ(Rows(engine(), kBbos).size(), 1u);
    EXPECT_EQ(Gaps(engine(), {0, 100}), "20-40 deleted");
    // A claim that is still being extended does not take the deleted time with it; a repair does.
    Claim(engine(), {{{0, 120}}});
    EXPECT_EQ(Gaps(engine(), {0, 120}), "20-40 deleted");
    Claim(engine(), {{{20, 40}, "repair", model::CoverageState::kRepaired}});
    EXPECT_EQ(Gaps(engine(), {0, 120}), "");
}

TEST_P(EngineConformance, DeletedEventsMayComeBack) {
    Append(engine(), {TestTrade(10, 1), TestTrade(20, 2), TestBbo(10, 1), TestBbo(20, 2)});
    EXPECT_EQ(DeleteAll(engine(), kTrades, kAllTime), 2u);
    EXPECT_EQ(DeleteAll(engine(), kBbos, kAllTime), 2u);
    const auto outcome = Append(engine(), {TestTrade(10, 1), TestBbo(15, 1)});
    EXPECT_THAT(outcome.events, ::testing::Each(Verdict::kStored));
    EXPECT_EQ(Rows(engine(), kBbos), Expected({TestBbo(15, 1)}));
}

TEST_P(EngineConformance, DeletingEverythingLeavesTheFutureAlone) {
    Append(engine(), {TestTrade(10, 1)});
    Claim(engine(), {{{0, 20}}});
    DeleteAll(engine(), kTrades, kAllTime);
    Append(engine(), {TestTrade(30, 3)});
    Claim(engine(), {{{0, 40}}});
    EXPECT_EQ(Gaps(engine(), {0, 40}), "0-20 deleted");
}

TEST_P(EngineConformance, ExpiresByReceiveTime) {
    Append(
        engine(),
        {TestTrade(10, 1, 100, 1000), TestTrade(20, 2), TestTrade(30, 3), TestTrade(40, 4)}
    );
    Claim(engine(), {{{0, 50}}});
    EXPECT_EQ(ExpireAll(engine(), kTrades, 40), 2u);
    EXPECT_EQ(Rows(engine(), kTrades), Expected({TestTrade(10, 1, 100, 1000), TestTrade(40, 4)}));
    EXPECT_EQ(Gaps(engine(), {0, 50}), "20-31 retention");
    EXPECT_EQ(engine().ListSeries()[0].events, 2u);
}

TEST_P(EngineConformance, LongDeletionsGoInSlices) {
    std::vector<TestEvent> events;
    for (uint64_t i = 0; i < 45'000; ++i) events.push_back(TestTrade(static_cast<Nanos>(i), i));
    Append(engine(), events);
    EXPECT_EQ(ExpireAll(engine(), kTrades, 44'000 + 5), 44'000u);
    EXPECT_EQ(Rows(engine(), kTrades).size(), 1'000u);
    EXPECT_EQ(DeleteAll(engine(), kTrades, kAllTime), 1'000u);
}

TEST_P(EngineConformance, ClaimsThatContinueAreOneRow) {
    for (Nanos to = 10; to <= 1000; to += 10) Claim(engine(), {{{to - 10, to}}});
    EXPECT_EQ(ClaimRows(engine()), 1u);
    for (Nanos to = 1010; to <= 2000; to += 10) Claim(engine(), {{{0, to}}});
    EXPECT_EQ(ClaimRows(engine()), 1u);
    EXPECT_EQ(Gaps(engine(), {0, 2000}), "");
    Restart();
    Claim(engine(), {{{1990, 2100}}});
    EXPECT_EQ(ClaimRows(engine()), 1u);
    EXPECT_EQ(Gaps(engine(), {0, 2200}), "2100-2200 collector_lost");
    EXPECT_THAT(Claim(engine(), {{{0, 50}}}).claims, ElementsAre(Verdict::kDuplicate));
}

TEST_P(EngineConformance, ClaimsOfOtherSourcesAndGapsAreKeptApart) {
    Claim(engine(), {{{0, 100}, "c1/ws1"}, {{150, 200}, "c1/ws2"}, {{90, 120}, "c2/ws1"}});
    Claim(engine(), {{{120, 150}, "c1", model::CoverageState::kOpen, "disconnected"}});
    EXPECT_EQ(ClaimRows(engine()), 4u);
    EXPECT_EQ(Gaps(engine(), {0, 200}), "120-150 disconnected");
}

TEST_P(EngineConformance, AnOlderClaimThatComesAgainTakesNothingAway) {
    Claim(engine(), {{{0, 100}}});
    Claim(engine(), {{{200, 300}}});
    Claim(engine(), {{{0, 50}}});
    EXPECT_EQ(Gaps(engine(), {0, 300}), "100-200 collector_lost");
}

TEST_P(EngineConformance, AfterALossNothingIsClaimedUntilTheSeriesSpeaksAgain) {
    Append(engine(), {TestTrade(10, 1)});
    Claim(engine(), {{{0, 20}}});
    ASSERT_TRUE(engine().DeclareLoss("stream_truncated").ok());
    Restart();
    Append(engine(), {TestTrade(50, 5)});
    Claim(engine(), {{{0, 60}}});
    EXPECT_EQ(Gaps(engine(), {0, 60}), "20-51 stream_truncated");
    Restart();
    Claim(engine(), {{{0, 70}}});
    EXPECT_EQ(Gaps(engine(), {0, 70}), "20-51 stream_truncated");
    EXPECT_EQ(ClaimRows(engine()), 3u);
}

TEST_P(EngineConformance, AQuietSeriesIsTrustedAgainFromItsNextClaimOn) {
    Claim(engine(), {{{0, 20}}});
    ASSERT_TRUE(engine().DeclareLoss("stream_truncated").ok());
    Claim(engine(), {{{0, 60}}});
    Claim(engine(), {{{0, 90}}});
    EXPECT_EQ(Gaps(engine(), {0, 90}), "20-60 stream_truncated");
}

}  // namespace
}  // namespace mp::storage
