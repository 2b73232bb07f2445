// Which of several deliveries of an event every engine keeps.

#include <gmock/gmock.h>

#include "storage/engines/test/conformance.hpp"

namespace mp::storage {
namespace {

using ::testing::ElementsAre;

TEST_P(EngineConformance, TheSmallestReceiveTimeWins) {
    Append(engine(), {TestTrade(10, 1, 100, 50), TestTrade(20, 2)});
    Append(engine(), {TestTrade(10, 1, 100, 7)});
    Append(engine(), {TestTrade(10, 1, 100, 90)});
    EXPECT_EQ(Rows(engine(), kTrades)[0].event, TestTrade(10, 1, 100, 7).bytes);
    EXPECT_EQ(engine().ListSeries()[0].duplicates, 2u);
}

TEST_P(EngineConformance, EventsOrderedByReceiptAreFoundByIdentity) {
    Append(engine(), {TestBbo(100, 7), TestBbo(110, 8)});
    Append(engine(), {TestBbo(120, 7)});  // seen again, later: nothing moves
    EXPECT_EQ(Rows(engine(), kBbos), Expected({TestBbo(100, 7), TestBbo(110, 8)}));
    Append(engine(), {TestBbo(90, 8)});  // seen earlier by somebody else: the row moves
    EXPECT_EQ(Rows(engine(), kBbos), Expected({TestBbo(90, 8), TestBbo(100, 7)}));
    Append(engine(), {TestBbo(95, 8), TestBbo(80, 8), TestBbo(85, 8)});
    EXPECT_EQ(Rows(engine(), kBbos), Expected({TestBbo(80, 8), TestBbo(100, 7)}));
    EXPECT_EQ(engine().ListSeries()[0].events, 2u);
}

// Two collectors see the same pushes, each at its own time; one of them misses the first.
TEST_P(EngineConformance, BarsWithoutAVenueTimeAreKeptOnceWhoeverReceivedThem) {
    const std::vector<TestEvent> one = {
        TestUntimedKline(1'000, 0, 5),
        TestUntimedKline(2'000, 0, 6),
        TestUntimedKline(61'000, 60, 6)};
    const std::vector<TestEvent> other = {
        TestUntimedKline(1'990, 0, 6), TestUntimedKline(61'030, 60, 6)};
    Append(engine(), one);
    const auto outcome = Append(engine(), other);
    EXPECT_THAT(outcome.events, ::testing::Each(Verdict::kDuplicate));
    const std::vector<Row> rows = Expected({one[0], other[0], one[2]});
    EXPECT_EQ(Rows(engine(), kKlines), rows) << "the first to receive an update places it";
    EXPECT_EQ(engine().ListSeries()[0].events, 3u);
    Restart();
    Append(engine(), other);
    Append(engine(), one);
    EXPECT_EQ(Rows(engine(), kKlines), rows);
}

// An instrument is halted and goes on: the third state is the first one's like, but another event.
TEST_P(EngineConformance, AStateThatComesBackIsKept) {
    const std::vector<TestEvent> states = {
        TestListing(10, "TRADING"), TestListing(20, "HALT"), TestListing(30, "TRADING")};
    Append(engine(), states);
    const auto again = Append(engine(), {states[2], states[0], states[1]});
    EXPECT_THAT(again.events, ::testing::Each(Verdict::kDuplicate));
    Restart();
    Append(engine(), states);
    EXPECT_EQ(
        Rows(engine(), TestSeries(model::DataType::kInstrument)),
        Expected({states[0], states[1], states[2]})
    );
}

TEST_P(EngineConformance, AnotherContentUnderTheSameIdentityIsAConflict) {
    Append(engine(), {TestTrade(10, 1, 100), TestTrade(20, 2, 100), TestBbo(10, 7, 100)});
    const std::string before = Dump(engine());
    const auto outcome =
        Append(engine(), {TestTrade(10, 1, 999), TestTrade(10, 1, 100), TestBbo(9, 7, 999)});
    EXPECT_THAT(
        outcome.events, ElementsAre(Verdict::kConflict, Verdict::kDuplicate, Verdict::kConflict)
    );
    EXPECT_EQ(Dump(engine()), before);
}

TEST_P(EngineConformance, OfDerivedSnapshotsTheOneReceivedFirstStands) {
    using enum model::SnapshotOrigin;
    const TestEvent shallow = TestSnapshot(kDerived, 10, {100}, 9);
    const TestEvent deep = TestSnapshot(kDerived, 10, {100, 99}, 7);
    const TestEvent later = TestSnapshot(kDerived, 10, {100, 99, 98}, 8);
    Append(engine(), {shallow});
    const auto outcome = Append(engine(), {deep, later});
    EXPECT_THAT(outcome.events, ElementsAre(Verdict::kDuplicate, Verdict::kDuplicate));
    EXPECT_EQ(Rows(engine(), TestSeries(model::DataType::kBookSnapshot)), Expected({deep}));
    // What the venue itself said does not differ.
    Append(engine(), {TestSnapshot(kVenue, 20, {100})});
    const auto refused = Append(engine(), {TestSnapshot(kVenue, 20, {100, 99})});
    EXPECT_THAT(refused.events, ElementsAre(Verdict::kConflict));
}

TEST_P(EngineConformance, OfTwoContentsInOneBatchTheFirstIsKept) {
    const auto outcome = Append(engine(), {TestTrade(10, 1, 100), TestTrade(10, 1, 999)});
    EXPECT_THAT(outcome.events, ElementsAre(Verdict::kStored, Verdict::kConflict));
    EXPECT_EQ(Rows(engine(), kTrades), Expected({TestTrade(10, 1, 100)}));
}

TEST_P(EngineConformance, RedeliveryChangesNothing) {
    const std::vector<TestEvent> events = {
        TestTrade(10, 1), TestTrade(20, 2), TestBbo(11, 7), TestKline(12, "1m", 0)};
    Append(engine(), events);
    const std::string before = Dump(engine());
    const auto outcome = Append(engine(), events);
    EXPECT_THAT(outcome.events, ::testing::Each(Verdict::kDuplicate));
    EXPECT_EQ(Dump(engine()), before);
}

TEST_P(EngineConformance, RepeatsInsideOneBatchAreOneEvent) {
    const auto outcome = Append(
        engine(),
        {TestTrade(10, 1), TestTrade(10, 1), TestBbo(11, 7), TestBbo(12, 7), TestTrade(10, 1)}
    );
    EXPECT_THAT(
        outcome.events,
        ElementsAre(
            Verdict::kStored,
            Verdict::kDuplicate,
            Verdict::kStored,
            Verdict::kDuplicate,
            Verdict::kDuplicate
        )
    );
    EXPECT_EQ(Rows(engine(), kTrades).size(), 1u);
    EXPECT_EQ(Rows(engine(), kBbos).size(), 1u);
}

}  // namespace
}  // namespace mp::storage
