// What every engine must do with events: order, scans, cursors, accounts, restarts.

#include "storage/engines/test/conformance.hpp"

#include <gmock/gmock.h>

namespace mp::storage {
namespace {

using ::testing::ElementsAre;

TEST_P(EngineConformance, KeepsEventsInTheOrderOfTheirSeries) {
    const auto outcome =
        Append(engine(), {TestTrade(30, 3), TestTrade(10, 1), TestTrade(20, 9), TestTrade(20, 2)});
    EXPECT_THAT(outcome.events, ::testing::Each(Verdict::kStored));
    const auto rows = Rows(engine(), kTrades);
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[0].event, TestTrade(10, 1).bytes);
    EXPECT_EQ(rows[1].event, TestTrade(20, 2).bytes);
    EXPECT_EQ(rows[2].event, TestTrade(20, 9).bytes);
    EXPECT_EQ(rows[3].event, TestTrade(30, 3).bytes);
}

TEST_P(EngineConformance, LateEventsFallIntoPlace) {
    Append(engine(), {TestTrade(10, 1), TestTrade(30, 3)});
    const auto outcome = Append(engine(), {TestTrade(20, 2)});
    EXPECT_THAT(outcome.events, ElementsAre(Verdict::kStored));
    EXPECT_EQ(
        Rows(engine(), kTrades), Expected({TestTrade(10, 1), TestTrade(20, 2), TestTrade(30, 3)})
    );
}

TEST_P(EngineConformance, ScansHalfOpenIntervalsBothWays) {
    std::vector<TestEvent> events;
    for (int i = 0; i < 10; ++i) events.push_back(TestTrade(i * 10, static_cast<uint64_t>(i)));
    Append(engine(), events);
    ScanRange range;
    range.time = {20, 50};
    auto rows = Rows(engine(), kTrades, range);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].event, TestTrade(20, 2).bytes);
    range.direction = Direction::kBackward;
    auto backwards = Rows(engine(), kTrades, range);
    std::reverse(backwards.begin(), backwards.end());
    EXPECT_EQ(backwards, rows);
    range.time = {50, 50};
    EXPECT_TRUE(Rows(engine(), kTrades, range).empty());
    range.time = {INT64_MIN, INT64_MAX};
    EXPECT_EQ(Rows(engine(), kTrades, range).size(), 10u);
}

TEST_P(EngineConformance, ACursorStaysInPlaceWhileEventsArrive) {
    Append(engine(), {TestTrade(10, 1), TestTrade(20, 2), TestTrade(30, 3)});
    ScanRange range;
    range.after = Rows(engine(), kTrades)[1].key;
    Append(engine(), {TestTrade(15, 7), TestTrade(20, 8), TestTrade(40, 4)});
    const auto rest = Rows(engine(), kTrades, range);
    ASSERT_EQ(rest.size(), 3u);
    EXPECT_EQ(rest[0].event, TestTrade(20, 8).bytes);
    EXPECT_EQ(rest[1].event, TestTrade(30, 3).bytes);
    EXPECT_EQ(rest[2].event, TestTrade(40, 4).bytes);
    range.direction = Direction::kBackward;
    ASSERT_EQ(Rows(engine(), kTrades, range).size(), 2u);
}

TEST_P(EngineConformance, SeriesDoNotMix) {
    TestEvent other = TestTrade(15, 1);
    other.series = TestSeries(model::DataType::kTrade, "ETH-USDT");
    Append(engine(), {TestTrade(10, 1), other, TestBbo(12, 1)});
    EXPECT_EQ(Rows(engine(), kTrades).size(), 1u);
    EXPECT_EQ(Rows(engine(), other.series).size(), 1u);
    EXPECT_EQ(engine().Find(TestSeries(model::DataType::kTrade, "XRP-USDT")), std::nullopt);
}

TEST_P(EngineConformance, KeepsAccountOfWhatWasAppended) {
    const auto tally = [this](const model::Series& series) {
        const Tally all = engine().TallyOf(engine().Find(series).value_or(0));
        return std::vector<uint64_t>{all.stored, all.duplicates, all.conflicts};
    };
    EXPECT_THAT(tally(kTrades), ElementsAre(0, 0, 0));
    Append(engine(), {TestTrade(10, 1), TestTrade(20, 2), TestTrade(10, 1), TestBbo(11, 7)});
    Append(engine(), {TestTrade(20, 2), TestTrade(20, 2, 999), TestTrade(30, 3), TestBbo(12, 7)});
    EXPECT_THAT(tally(kTrades), ElementsAre(3, 2, 1));
    EXPECT_THAT(tally(kBbos), ElementsAre(1, 1, 0));
    DeleteAll(engine(), kTrades, kAllTime);
    EXPECT_THAT(tally(kTrades), ElementsAre(3, 2, 1));
    Append(engine(), {TestTrade(10, 1)});
    EXPECT_THAT(tally(kTrades), ElementsAre(4, 2, 1));
    Claim(engine(), {{{0, 50}}, {{50, 60}}});
    Claim(engine(), {{{10, 40}}});
    EXPECT_THAT(tally(TestSeries(model::DataType::kCoverage)), ElementsAre(2, 1, 0));
}

TEST_P(EngineConformance, PositionAndNotesGoWithTheBatch) {
    AppendBatch batch;
    const StreamPosition position{77, 5, {{7, 9}, {12, 12}}};
    batch.SetPosition(position);
    batch.AddNote("deferred/12", "bytes");
    batch.AddNote("deferred/13", "more");
    ASSERT_TRUE(engine().Append(batch).ok());
    batch.Clear();
    batch.AddNote("deferred/12", "");
    ASSERT_TRUE(engine().Append(batch).ok());
    Restart();
    EXPECT_EQ(engine().Position().value(), position);
    EXPECT_THAT(engine().Notes().value(), ElementsAre(Note{"deferred/13", "more"}));
}

TEST_P(EngineConformance, ARestartForgetsNothing) {
    Append(engine(), {TestTrade(10, 1), TestTrade(20, 2), TestBbo(10, 1), TestBbo(20, 2)});
    Claim(engine(), {{{0, 30}}});
    const std::string before = Dump(engine());
    Restart();
    EXPECT_EQ(Dump(engine()), before);
    const auto outcome =
        Append(engine(), {TestTrade(20, 2), TestBbo(25, 2), TestTrade(15, 9), TestTrade(30, 3)});
    EXPECT_THAT(
        outcome.events,
        ElementsAre(Verdict::kDuplicate, Verdict::kDuplicate, Verdict::kStored, Verdict::kStored)
    );
    EXPECT_EQ(engine().Statistics().value().events, 6u);
}

TEST_P(EngineConformance, ACursorStaysAtItsEnd) {
    Append(engine(), {TestTrade(10, 1), TestTrade(20, 2)});
    for (const auto direction : {Direction::kForward, Direction::kBackward}) {
        ScanRange range;
        range.direction = direction;
        const auto rows = engine().Scan(*engine().Find(kTrades), range).value();
        EXPECT_TRUE(rows->Next() && rows->Next());
        for (int i = 0; i < 3; ++i) EXPECT_FALSE(rows->Next());
        EXPECT_TRUE(rows->status().ok());
    }
}

}  // namespace
}  // namespace mp::storage
