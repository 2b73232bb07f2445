// What every engine must do. One instance for each engine; the in-memory one is the reference.

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <random>

#include "storage/engines/test/clickhouse_fixture.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "storage/engines/test/rocks_fixture.hpp"
#include "testing/manual_clock.hpp"
#include "testing/temp_dir.hpp"

namespace mp::storage {
namespace {

using ::testing::ElementsAre;

const model::Series kTrades = TestSeries(model::DataType::kTrade);
const model::Series kBbos = TestSeries(model::DataType::kBbo);
const model::Series kKlines = TestSeries(model::DataType::kKline);

struct EngineKind {
    std::string name;
    bool durable = false;
    std::function<std::unique_ptr<Engine>(const testing::TempDir&, const Clock&)> open;
    uint64_t random_runs = 12;
    bool available = true;
};

class EngineConformance : public ::testing::TestWithParam<EngineKind> {
  protected:
    void SetUp() override {
        if (!GetParam().available) GTEST_SKIP() << "no clickhouse-server is installed";
        engine_ = GetParam().open(folder_, clock_);
    }

    // Ends the engine and begins anew on what it left.
    void Restart() {
        if (!GetParam().durable) return;
        engine_.reset();
        engine_ = GetParam().open(folder_, clock_);
    }

    Engine& engine() { return *engine_; }

    testing::TempDir folder_;
    testing::ManualClock clock_;
    std::unique_ptr<Engine> engine_;
};

std::vector<Row> Expected(std::vector<TestEvent> events) {
    MemoryEngine reference;
    Append(reference, events);
    return Rows(reference, events.front().series);
}

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

TEST_P(EngineConformance, LateEventsFallIntoPlace) {
    Append(engine(), {TestTrade(10, 1), TestTrade(30, 3)});
    const auto outcome = Append(engine(), {TestTrade(20, 2)});
    EXPECT_THAT(outcome.events, ElementsAre(Verdict::kStored));
    EXPECT_EQ(
        Rows(engine(), kTrades), Expected({TestTrade(10, 1), TestTrade(20, 2), TestTrade(30, 3)})
    );
}

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

// Random batches, repeats, contradictions, deletions and restarts: always equal to the reference.
class RandomRun {
  public:
    explicit RandomRun(uint64_t seed) : random_(seed) {}

    TestEvent AnyEvent() {
        const Nanos at = Below(60) * 10;
        const auto id = static_cast<uint64_t>(at / 10 * 4 + Below(4));
        const int64_t content = Below(20) == 0 ? 101 : 100;
        switch (Below(4)) {
            case 0:
                return TestBbo(at + Below(50), id, content);
            case 1:
                return TestKline(at, Below(2) == 0 ? "1m" : "1h", at / 100 * 100, content);
            default:
                return TestTrade(at, id, content, Below(50));
        }
    }

    std::vector<TestEvent> AnyBatch() {
        std::vector<TestEvent> events;
        for (auto n = Below(25); n >= 0; --n) {
            const bool again = !past_.empty() && Below(4) == 0;
            events.push_back(again ? past_[static_cast<size_t>(Below(past_.size()))] : AnyEvent());
            past_.push_back(events.back());
        }
        return events;
    }

    model::Interval AnyInterval(Nanos longest) {
        const Nanos from = Below(650);
        return {from, from + Below(longest)};
    }

    int64_t Below(uint64_t bound) {
        return std::uniform_int_distribution<int64_t>(0, static_cast<int64_t>(bound) - 1)(random_);
    }

  private:
    std::mt19937_64 random_;
    std::vector<TestEvent> past_;
};

TEST_P(EngineConformance, EqualsTheReferenceWhateverHappens) {
    for (uint64_t seed = 1; seed <= GetParam().random_runs; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        testing::TempDir folder;
        std::unique_ptr<Engine> tested = GetParam().open(folder, clock_);
        MemoryEngine reference(clock_);
        RandomRun run(seed);
        for (int step = 0; step < 60; ++step) {
            const auto choice = run.Below(20);
            const model::Series series =
                std::vector{kTrades, kBbos, kKlines}[static_cast<size_t>(run.Below(3))];
            if (choice == 0) {
                const auto interval = run.AnyInterval(200);
                ASSERT_EQ(
                    DeleteAll(*tested, series, interval), DeleteAll(reference, series, interval)
                );
            } else if (choice == 1) {
                const Nanos before = run.Below(300);
                ASSERT_EQ(ExpireAll(*tested, series, before), ExpireAll(reference, series, before));
            } else if (choice == 2) {
                ASSERT_TRUE(tested->DeclareLoss("stream_truncated").ok());
                ASSERT_TRUE(reference.DeclareLoss("stream_truncated").ok());
            } else if (choice == 3 && GetParam().durable) {
                tested.reset();
                tested = GetParam().open(folder, clock_);
            } else if (choice < 8) {
                const TestClaim claim{run.AnyInterval(300), run.Below(2) == 0 ? "a" : "b"};
                ASSERT_EQ(Claim(*tested, {claim}).claims, Claim(reference, {claim}).claims);
            } else {
                const auto batch = run.AnyBatch();
                ASSERT_EQ(Append(*tested, batch).events, Append(reference, batch).events);
            }
            ASSERT_EQ(Dump(*tested), Dump(reference)) << "step " << step;
        }
        for (const auto& series : {kTrades, kBbos, kKlines}) {
            ScanRange range;
            range.time = run.AnyInterval(400);
            range.direction = Direction::kBackward;
            EXPECT_EQ(Rows(*tested, series, range), Rows(reference, series, range));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    ,
    EngineConformance,
    ::testing::Values(
        EngineKind{
            "Memory",
            false,
            [](const testing::TempDir&, const Clock& clock) -> std::unique_ptr<Engine> {
                return std::make_unique<MemoryEngine>(clock);
            }},
        EngineKind{"RocksDb", true, OpenRocks},
        EngineKind{"ClickHouse", true, OpenClickHouse, 2, testing::ClickHouseServer::Installed()},
        EngineKind{
            "ClickHouseShards",
            true,
            OpenClickHouseShards,
            2,
            testing::ClickHouseServer::Installed()}
    ),
    [](const auto& kind) { return kind.param.name; }
);

}  // namespace
}  // namespace mp::storage
