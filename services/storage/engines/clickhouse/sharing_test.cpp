// Several instances on one ClickHouse store: what one writes the others see at once, and nobody
// writes who has lost his lane.

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <thread>

#include "storage/engines/clickhouse/day_index.hpp"
#include "storage/engines/clickhouse/state.hpp"
#include "storage/engines/records.hpp"
#include "storage/engines/test/clickhouse_fixture.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "testing/manual_clock.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr Nanos kDay = 86'400 * kSecond;
constexpr Nanos kStart = 1'700'000'000 * kSecond;
constexpr uint32_t kLanes = 4;

const model::Series kTrades = TestSeries(model::DataType::kTrade);
const uint32_t kOwn = model::Shard(kTrades.instrument, kLanes);  // the lane of these trades

class SharedClickHouseStore : public ::testing::Test {
  protected:
    void SetUp() override {
        if (NoClickHouse() != nullptr) GTEST_SKIP() << NoClickHouse();
        config_ = ClickHouseOf(SharedClickHouse(), folder_);
    }

    std::unique_ptr<SharedEngine> Open() {
        auto engine = OpenSharedClickHouse(config_, kLanes, clock_);
        EXPECT_TRUE(engine.ok()) << engine.status();
        return *std::move(engine);
    }
    // An instance that writes to the lane of the trades.
    std::unique_ptr<SharedEngine> OpenWriter(std::string_view name) {
        auto engine = Open();
        const Status led = engine->lane(kOwn).Lead(name);
        EXPECT_TRUE(led.ok()) << led;
        return engine;
    }
    static Result<AppendOutcome> Commit(
        SharedEngine& engine, uint32_t lane, StreamPosition position
    ) {
        AppendBatch batch;
        batch.SetPosition(std::move(position));
        return engine.lane(lane).Append(batch);
    }
    size_t RowsIn(std::string_view table) {
        const auto rows =
            clickhouse::Client(config_.server).Rows("SELECT count() FROM " + std::string(table));
        EXPECT_TRUE(rows.ok()) << rows.status();
        return std::stoull(rows->front().front());
    }

    const testing::TempDir folder_;
    const testing::ManualClock clock_;
    ClickHouseConfig config_;
};

TEST_F(SharedClickHouseStore, WhatOneWritesAllSeeAtOnce) {
    const auto writer = OpenWriter("a");
    const auto other = Open();
    EXPECT_FALSE(other->Find(kTrades));
    for (uint64_t id = 1; id <= 5; ++id) {
        const Nanos at = kStart + static_cast<Nanos>(id) * kDay / 2;
        Append(writer->lane(kOwn), {TestTrade(at, id)});
        EXPECT_EQ(Rows(*other, kTrades), Rows(*writer, kTrades));
        EXPECT_EQ(Rows(*other, kTrades).size(), id);
    }
    EXPECT_EQ(DeleteAll(*writer, kTrades, {kStart, kStart + 2 * kDay}), 3u);
    EXPECT_EQ(Rows(*other, kTrades).size(), 2u);
    EXPECT_EQ(Dump(*other), Dump(*writer));
}

TEST_F(SharedClickHouseStore, WhoDoesNotLeadWritesNothing) {
    const auto other = Open();
    const auto refused = TryAppend(other->lane(kOwn), {TestTrade(kStart, 1)});
    EXPECT_TRUE(absl::IsFailedPrecondition(refused.status())) << refused.status();
    EXPECT_TRUE(absl::IsFailedPrecondition(other->lane(kOwn).Position().status()));
    EXPECT_EQ(RowsIn("trade_rows"), 0u);
}

TEST_F(SharedClickHouseStore, ALaneGoesFromHandToHand) {
    MemoryEngine reference(clock_);
    const auto a = OpenWriter("a");
    const auto b = Open();
    for (uint64_t id = 1; id <= 6; ++id) {
        LaneEngine& from = (id % 2 ? a : b)->lane(kOwn);
        LaneEngine& to = (id % 2 ? b : a)->lane(kOwn);
        // The one before comes once more, as after a takeover; the quote moves to an earlier time.
        const std::vector<TestEvent> events{
            TestTrade(kStart, id),
            TestTrade(kStart, id == 1 ? 1 : id - 1),
            TestBbo(kStart + static_cast<Nanos>(100 - id) * kDay / 50, 7)};
        EXPECT_EQ(Append(from, events).events, Append(reference, events).events);
        EXPECT_EQ(Rows(to, kTrades), Rows(reference, kTrades));
        EXPECT_EQ(from.Unresigned().value(), id % 2 ? "a" : "b");
        ASSERT_TRUE(from.Resign().ok());
        EXPECT_EQ(to.Unresigned().value(), "");
        ASSERT_TRUE(to.Lead(id % 2 ? "b" : "a").ok());
    }
    EXPECT_EQ(Dump(*a), Dump(reference));
    EXPECT_EQ(Dump(*b), Dump(reference));
}

// It slept, and does not know that its lease is over.
TEST_F(SharedClickHouseStore, AWriterThatWasReplacedIsToldSoAndChangesNothing) {
    const auto zombie = OpenWriter("a");
    Append(zombie->lane(kOwn), {TestTrade(kStart, 1)});
    const auto heir = OpenWriter("b");
    Append(heir->lane(kOwn), {TestTrade(kStart, 2)});
    const size_t rows = RowsIn("trade_rows");
    const auto refused = TryAppend(zombie->lane(kOwn), {TestTrade(kStart, 3)});
    EXPECT_TRUE(absl::IsAborted(refused.status())) << refused.status();
    EXPECT_EQ(RowsIn("trade_rows"), rows);
    EXPECT_EQ(Rows(*zombie, kTrades), Rows(*heir, kTrades));
    Append(heir->lane(kOwn), {TestTrade(kStart, 3)});
    EXPECT_EQ(Rows(*zombie, kTrades).size(), 3u);
}

TEST_F(SharedClickHouseStore, NothingIsWrittenBeyondTheLease) {
    const auto writer = OpenWriter("a");
    LaneEngine& lane = writer->lane(kOwn);
    Append(lane, {TestTrade(kStart, 1)});
    const size_t rows = RowsIn("state");
    lane.WriteUntil(Deadline::After(0s));
    EXPECT_FALSE(TryAppend(lane, {TestTrade(kStart, 2)}).ok());
    EXPECT_TRUE(lane.Resign().ok());
    EXPECT_EQ(RowsIn("state"), rows);
    EXPECT_EQ(lane.Unresigned().value(), "a") << "nobody can tell how it ended";
    // What others write from here on is seen.
    const auto heir = OpenWriter("b");
    Append(heir->lane(kOwn), {TestTrade(kStart, 2)});
    EXPECT_EQ(Rows(*writer, kTrades).size(), 2u);
}

// Rows are there, claims perhaps, and the commit is not.
TEST_F(SharedClickHouseStore, ADayThatIsBeingWrittenIsReadWhole) {
    const auto writer = OpenWriter("a");
    const auto other = Open();
    Append(writer->lane(kOwn), {TestTrade(kStart, 1)});
    ASSERT_EQ(Rows(*other, kTrades).size(), 1u);
    const clickhouse::Client client(config_.server);
    const auto revision = clickhouse::ReadRevision(client, {kOwn, kLanes});
    ASSERT_TRUE(revision.ok());
    const std::string day = std::to_string(clickhouse::DayOf(kStart));
    const std::string intent = records::EncodeTexts({records::EncodeSeries(kTrades), day});
    ASSERT_TRUE(clickhouse::WriteState(
                    client,
                    {{std::string(clickhouse::kind::kIntent),
                      clickhouse::Lane(kOwn, kLanes).Key(""),
                      intent,
                      0,
                      false}},
                    *revision + 1
    )
                    .ok());
    // As a writer's next insert has it, at a time at which there was nothing.
    const auto columns = client.Rows(
        "SELECT name FROM system.columns WHERE database = '" + config_.server.database +
        "' AND table = 'trade_rows'"
    );
    std::string names;
    std::string values;
    for (const auto& row : *columns) {
        const std::string& name = row.front();
        names += (names.empty() ? "`" : ", `") + name + "`";
        values += values.empty() ? "" : ", ";
        values += name == "order_ts"   ? "order_ts + 1000000000"
                  : name == "revision" ? "revision + 1"
                                       : "`" + name + "`";
    }
    const Status copied = client.Execute(
        "INSERT INTO trade_rows (" + names + ") SELECT " + values + " FROM trade_rows"
    );
    ASSERT_TRUE(copied.ok()) << copied;
    EXPECT_EQ(Rows(*other, kTrades).size(), 2u);
    // Whoever takes over counts the day anew.
    ASSERT_TRUE(other->lane(kOwn).Lead("b").ok());
    EXPECT_EQ(other->ListSeries().front().events, 2u);
    EXPECT_EQ(Rows(*Open(), kTrades).size(), 2u);
}

TEST_F(SharedClickHouseStore, TakesUpAStoreThatOneInstanceHad) {
    const std::vector<TestEvent> old{TestTrade(kStart, 1), TestTrade(kStart + kDay, 2)};
    {
        auto alone = OpenClickHouseEngine(config_, clock_);
        ASSERT_TRUE(alone.ok()) << alone.status();
        Append(**alone, old);
        ASSERT_TRUE((*alone)->DeclareLoss("stream_truncated").ok());
        AppendBatch batch;
        batch.SetPosition({5, 100, {{110, 120}}});
        batch.AddNote("claims/00000000000000000115", "waits");
        ASSERT_TRUE((*alone)->Append(batch).ok());
    }
    const auto shared = OpenWriter("a");
    LaneEngine& lane = shared->lane(kOwn);
    EXPECT_EQ(Rows(*shared, kTrades).size(), 2u);
    // What is committed beyond the floor comes again, and with it the claims that waited.
    EXPECT_EQ(lane.Position().value(), (StreamPosition{5, 100, {}}));
    EXPECT_TRUE(lane.Notes().value().empty());
    EXPECT_EQ(Append(lane, old).events, std::vector<Verdict>(2, Verdict::kDuplicate));
    EXPECT_THAT(
        OpenClickHouseEngine(config_, clock_).status().ToString(), HasSubstr("clickhouse.shared")
    );
}

// Retention and the like are run by anybody.
TEST_F(SharedClickHouseStore, WhatBelongsToAnotherIsAskedOfHim) {
    const auto writer = OpenWriter("a");
    const auto other = Open();
    for (uint64_t id = 1; id <= 4; ++id) {
        Append(writer->lane(kOwn), {TestTrade(kStart + static_cast<Nanos>(id) * kDay, id)});
    }
    std::jthread serving([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            const auto served = writer->Serve();
            EXPECT_TRUE(served.ok()) << served.status();
        }
    });
    EXPECT_EQ(ExpireAll(*other, kTrades, kStart + 3 * kDay), 2u);
    EXPECT_EQ(DeleteAll(*other, kTrades, {kStart + 4 * kDay, kStart + 5 * kDay}), 1u);
    EXPECT_EQ(Rows(*other, kTrades).size(), 1u);
    EXPECT_EQ(Dump(*other), Dump(*writer));
    const auto moved = other->MoveInstrument(kTrades.instrument, "nowhere", "");
    EXPECT_TRUE(absl::IsInvalidArgument(moved.status())) << moved.status();
}

TEST_F(SharedClickHouseStore, KeepsTheNumberOfItsLanes) {
    OpenWriter("a");
    const auto refused = OpenSharedClickHouse(config_, 2 * kLanes, clock_);
    EXPECT_THAT(refused.status().ToString(), HasSubstr("shared by 4 lanes, the stream has 8"));
}

TEST_F(SharedClickHouseStore, IsAsFarAsTheLaneThatIsTheLeastFar) {
    const auto engine = Open();
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
        EXPECT_EQ(engine->Position().value(), std::nullopt);
        ASSERT_TRUE(engine->lane(lane).Lead("a").ok());
        ASSERT_TRUE(Commit(*engine, lane, {7, 100 + lane, {}}).ok());
    }
    EXPECT_EQ(Open()->Position().value(), (StreamPosition{7, 100, {}}));
    ASSERT_TRUE(Commit(*engine, 0, {7, 200, {}}).ok());
    EXPECT_EQ(engine->Position().value(), (StreamPosition{7, 101, {}}));
    ASSERT_TRUE(Commit(*engine, 0, {8, 200, {}}).ok());
    EXPECT_EQ(engine->Position().value(), std::nullopt) << "of another stream";
}

}  // namespace
}  // namespace mp::storage
