// What only the ClickHouse engine has to stand: commits that broke off, pages that do not fit their
// windows, days that empty.

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <rapidcheck.h>

#include "storage/engines/clickhouse/open.hpp"
#include "storage/engines/test/clickhouse_fixture.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "testing/arbitrary_event.hpp"
#include "testing/manual_clock.hpp"

namespace mp::storage {
namespace {

using ::testing::Each;

constexpr Nanos kDay = 86'400 * kSecond;
constexpr Nanos kStart = 1'700'000'000 * kSecond;  // 2023-11-14T22:13:20Z

const model::Series kTrades = TestSeries(model::DataType::kTrade);
const model::Series kBbos = TestSeries(model::DataType::kBbo);

class ClickHouseEngineTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!testing::ClickHouseServer::Installed()) {
            GTEST_SKIP() << "no clickhouse-server is installed";
        }
    }

    clickhouse::Client ClientOf(const testing::ClickHouseServer& server) {
        return clickhouse::Client(ClickHouseOf(server, folder_).server);
    }

    const testing::TempDir folder_;
    const testing::ManualClock clock_;
};

std::vector<TestEvent> AnyEvents(uint64_t seed, model::DataType type, int count) {
    const auto events = rc::gen::exec([&] {
        testing::ArbitraryEvents arbitrary;
        std::vector<TestEvent> made;
        for (int i = 0; i < count; ++i) {
            model::Event event = arbitrary.Of(type);
            // A venue gives its time with every event of a series, or with none.
            if (type == model::DataType::kBbo) {
                event.exchange_ts.reset();
                event.order_ts = event.received_ts;
            } else if (!event.exchange_ts) {
                event.exchange_ts = event.order_ts;
            }
            made.push_back(Encoded(TestSeries(type), event));
        }
        return made;
    });
    return events(rc::Random(seed), 100).value();
}

// One digit an event.
std::string Verdicts(Engine& engine, const std::vector<TestEvent>& events) {
    std::string text;
    for (const Verdict verdict : Append(engine, events).events) {
        text += std::to_string(static_cast<int>(verdict));
    }
    return text;
}

TEST_F(ClickHouseEngineTest, GivesBackEveryKindOfEventToTheByte) {
    const auto engine = OpenClickHouse(folder_, clock_);
    MemoryEngine reference(clock_);
    for (int number = 1; number < model::kDataTypes; ++number) {
        const auto type = static_cast<model::DataType>(number);
        const auto events = AnyEvents(static_cast<uint64_t>(number), type, 60);
        ASSERT_EQ(Verdicts(*engine, events), Verdicts(reference, events)) << model::ToString(type);
        const auto rows = Rows(*engine, TestSeries(type));
        ASSERT_EQ(rows.size(), Rows(reference, TestSeries(type)).size()) << model::ToString(type);
        EXPECT_EQ(rows, Rows(reference, TestSeries(type))) << model::ToString(type);
    }
}

TEST_F(ClickHouseEngineTest, KeepsWhatOnlyANewerWriterUnderstands) {
    const auto engine = OpenClickHouse(folder_, clock_);
    TestEvent event = TestTrade(kStart, 1);
    event.bytes += "\xf8\x7f\x01";  // field 2047, a varint
    Append(*engine, {event});
    EXPECT_EQ(Rows(*engine, kTrades)[0].event, event.bytes);
}

TEST_F(ClickHouseEngineTest, ComputesWithExactDecimals) {
    const auto engine = OpenClickHouse(folder_, clock_);
    Append(
        *engine, {TestTrade(kStart, 1, 12345), TestTrade(kStart, 2, 1), TestTrade(kStart, 2, 1)}
    );
    ASSERT_TRUE(TryAppend(*engine, {TestTrade(kStart, 2, 1, 3)}).ok());  // replaced, not added
    const auto rows = ClientOf(SharedClickHouse())
                          .Rows("SELECT count(), sum(price), any(symbol), min(time) FROM trade");
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_THAT(
        rows->front(),
        ::testing::ElementsAre("2", "123.460000000000000000", "BTC-USDT", "2023-11-14 22:13:20")
    );
}

// Many on one second, few on others, none in between.
TEST_F(ClickHouseEngineTest, FindsEverythingHoweverItIsSpread) {
    const auto engine = OpenClickHouse(folder_, clock_);
    MemoryEngine reference(clock_);
    std::vector<TestEvent> events;
    uint64_t id = 0;
    for (int i = 0; i < 9'000; ++i)
        events.push_back(TestTrade(kStart + i * kMillisecond / 10, ++id));
    for (int i = 0; i < 50; ++i) events.push_back(TestTrade(kStart - kDay / 2 + i * 7, ++id));
    for (int i = 0; i < 3'000; ++i) events.push_back(TestTrade(kStart + kDay * 40, ++id));
    for (int i = 0; i < 400; ++i) events.push_back(TestTrade(kStart + i * kDay / 3, ++id));
    Append(*engine, events);
    Append(reference, events);
    std::mt19937_64 random(7);
    const auto all = Rows(reference, kTrades);
    ASSERT_EQ(all.size(), events.size());
    for (int round = 0; round < 12; ++round) {
        ScanRange range;
        if (round % 3 > 0)
            range.time.from = kStart - kDay + static_cast<Nanos>(random() % 30) * kDay;
        if (round % 3 > 1) range.time.to = range.time.from + 20 * kDay;
        if (round % 4 == 3) range.after = all[random() % all.size()].key;
        range.direction = round % 2 == 0 ? Direction::kForward : Direction::kBackward;
        range.bulk = round > 6;
        ASSERT_EQ(Rows(*engine, kTrades, range), Rows(reference, kTrades, range)) << round;
    }
}

TEST_F(ClickHouseEngineTest, AnEventThatMovesToAnotherDayIsThereOnce) {
    const auto engine = OpenClickHouse(folder_, clock_);
    Append(*engine, {TestBbo(kStart + kDay, 1), TestBbo(kStart + kDay, 2)});
    Append(*engine, {TestBbo(kStart, 1)});
    const auto rows = Rows(*engine, kBbos);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].event, TestBbo(kStart, 1).bytes);
    EXPECT_EQ(engine->ListSeries()[0].events, 2u);
}

TEST_F(ClickHouseEngineTest, AnEventWhoseMoveBrokeOffIsThereOnce) {
    const auto engine = OpenClickHouse(folder_, clock_);
    const clickhouse::Client client = ClientOf(SharedClickHouse());
    Append(*engine, {TestBbo(kStart + kDay, 1)});
    // Only to be read while the event moves to an earlier place.
    for (const char* sql :
         {"RENAME TABLE bbo_rows TO bbo_whole",
          "CREATE TABLE bbo_rows AS bbo_whole ENGINE = Merge(currentDatabase(), '^bbo_whole$')"}) {
        const Status done = client.Define(sql);
        ASSERT_TRUE(done.ok()) << done;
    }
    EXPECT_FALSE(TryAppend(*engine, {TestBbo(kStart, 1)}).ok());
    for (const char* sql : {"DROP TABLE bbo_rows", "RENAME TABLE bbo_whole TO bbo_rows"}) {
        const Status done = client.Define(sql);
        ASSERT_TRUE(done.ok()) << done;
    }
    Append(*engine, {TestBbo(kStart, 1)});
    const auto rows = Rows(*engine, kBbos);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].event, TestBbo(kStart, 1).bytes);
    EXPECT_EQ(engine->ListSeries()[0].events, 1u);
}

TEST_F(ClickHouseEngineTest, FreesDaysOnWhichNothingIsLeft) {
    const auto engine = OpenClickHouse(folder_, clock_);
    std::vector<TestEvent> events;
    for (int day = 0; day < 3; ++day) {
        events.push_back(TestTrade(kStart + day * kDay, static_cast<uint64_t>(day)));
    }
    TestEvent other = TestTrade(kStart + kDay, 1);
    other.series = TestSeries(model::DataType::kTrade, "ETH-USDT");
    events.push_back(other);
    Append(*engine, events);
    const clickhouse::Client client = ClientOf(SharedClickHouse());
    const auto days = [&] {
        const auto rows = client.Rows(
            "SELECT DISTINCT partition FROM system.parts WHERE active AND table = 'trade_rows' AND "
            "database = '" +
            client.database() + "' ORDER BY partition"
        );
        std::string text;
        for (const auto& row : rows.value()) text += row[0] + " ";
        return text;
    };
    EXPECT_EQ(days(), "20231114 20231115 20231116 ");
    EXPECT_EQ(ExpireAll(*engine, kTrades, kStart + kDay + kSecond), 2u);
    EXPECT_EQ(days(), "20231115 20231116 ");  // another series is there on the 15th
    EXPECT_EQ(ExpireAll(*engine, other.series, kStart + kDay + kSecond), 1u);
    EXPECT_EQ(days(), "20231116 ");
    EXPECT_EQ(engine->Statistics().value().events, 1u);
}

// The state as it is when the process dies between the rows of a commit and its end.
TEST_F(ClickHouseEngineTest, ACommitThatBrokeOffIsCountedAndRepeated) {
    auto engine = OpenClickHouse(folder_, clock_);
    const std::vector<TestEvent> first{TestTrade(kStart, 1), TestBbo(kStart, 1)};
    const std::vector<TestEvent> second{
        TestTrade(kStart + 5, 2), TestTrade(kStart + kDay, 3), TestBbo(kStart + 5, 2)};
    Append(*engine, first);
    const clickhouse::Client client = ClientOf(SharedClickHouse());
    ASSERT_TRUE(client.Execute("SYSTEM STOP MERGES").ok());
    Append(*engine, second);
    engine.reset();
    for (const std::string sql :
         {"CREATE TABLE state2 AS state",
          "INSERT INTO state2 SELECT * FROM state WHERE revision < "
          "(SELECT max(revision) FROM state)",
          "RENAME TABLE state TO state_whole, state2 TO state",
          "SYSTEM START MERGES"}) {
        const Status done = client.Execute(sql);
        ASSERT_TRUE(done.ok()) << done;
    }

    engine = OpenClickHouse(folder_, clock_);
    EXPECT_EQ(engine->Statistics().value().events, 5u);
    EXPECT_THAT(Append(*engine, second).events, Each(Verdict::kDuplicate));
    Append(*engine, {TestTrade(kStart + kDay, 4)});
    MemoryEngine reference(clock_);
    Append(reference, first);
    Append(reference, second);
    Append(reference, {TestTrade(kStart + kDay, 4)});
    EXPECT_EQ(Dump(*engine), Dump(reference));
    engine = OpenClickHouse(folder_, clock_);
    EXPECT_EQ(Dump(*engine), Dump(reference));
}

TEST_F(ClickHouseEngineTest, AWriterThatComesBackSeesWhatAnotherOneWrote) {
    const auto first = OpenClickHouse(folder_, clock_);
    Append(*first, {TestTrade(kStart, 1), TestBbo(kStart, 1)});
    const auto second = OpenClickHouse(folder_, clock_);
    Append(*second, {TestTrade(kStart, 1), TestTrade(kStart + 1, 2), TestBbo(kStart + 1, 2)});
    EXPECT_THAT(
        Append(*first, {TestTrade(kStart + 1, 2), TestBbo(kStart + 5, 2), TestTrade(kStart, 3)})
            .events,
        ::testing::ElementsAre(Verdict::kDuplicate, Verdict::kDuplicate, Verdict::kStored)
    );
    const auto third = OpenClickHouse(folder_, clock_);
    EXPECT_EQ(Dump(*third), Dump(*first));
    EXPECT_EQ(third->Statistics().value().events, 5u);
}

}  // namespace
}  // namespace mp::storage
