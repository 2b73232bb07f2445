// What the ClickHouse engine does while its server is away, silent, read-only or overwhelmed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <thread>

#include "storage/engines/clickhouse/open.hpp"
#include "storage/engines/test/clickhouse_fixture.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "testing/eventually.hpp"
#include "testing/manual_clock.hpp"

namespace mp::storage {
namespace {

using ::testing::HasSubstr;

constexpr Nanos kDay = 86'400 * kSecond;
constexpr Nanos kStart = 1'700'000'000 * kSecond;  // 2023-11-14T22:13:20Z

const model::Series kTrades = TestSeries(model::DataType::kTrade);

// A server of the test's own, to be mistreated.
class FragileClickHouse : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!testing::ClickHouseServer::Installed()) {
            GTEST_SKIP() << "no clickhouse-server is installed";
        }
    }
    std::unique_ptr<Engine> Open() {
        auto config = ClickHouseOf(server_, folder_);
        config.server.request_timeout = std::chrono::seconds(5);
        auto engine = OpenClickHouseEngine(config, clock_);
        EXPECT_TRUE(engine.ok()) << engine.status();
        return *std::move(engine);
    }
    void Start() {
        const Status started = server_.Start();
        ASSERT_TRUE(started.ok()) << started;
    }

    const testing::TempDir folder_;
    const testing::ManualClock clock_;
    testing::ClickHouseServer server_;
};

TEST_F(FragileClickHouse, WaitsForAServerThatIsNotThereYet) {
    Start();
    server_.Kill();
    const auto engine = Open();
    EXPECT_TRUE(absl::IsUnavailable(engine->Health()));
    EXPECT_THAT(std::string(engine->Health().message()), HasSubstr("since 2024-01-01T00:00:00"));
    EXPECT_TRUE(absl::IsUnavailable(engine->Position().status()));
    EXPECT_TRUE(absl::IsUnavailable(TryAppend(*engine, {TestTrade(kStart, 1)}).status()));
    Start();
    Append(*engine, {TestTrade(kStart, 1)});
    EXPECT_TRUE(engine->Health().ok());
    EXPECT_EQ(Rows(*engine, kTrades).size(), 1u);
}

TEST_F(FragileClickHouse, GoesOnAfterTheServerWasAway) {
    Start();
    const auto engine = Open();
    Append(*engine, {TestTrade(kStart, 1)});
    server_.Kill();
    EXPECT_TRUE(absl::IsUnavailable(TryAppend(*engine, {TestTrade(kStart + 1, 2)}).status()));
    EXPECT_TRUE(absl::IsUnavailable(engine->DeclareLoss("stream_truncated")));
    EXPECT_FALSE(engine->Health().ok());
    Start();
    EXPECT_THAT(
        Append(*engine, {TestTrade(kStart, 1), TestTrade(kStart + 1, 2)}).events,
        ::testing::ElementsAre(Verdict::kDuplicate, Verdict::kStored)
    );
    EXPECT_TRUE(engine->Health().ok());
    EXPECT_EQ(engine->ListSeries()[0].events, 2u);
}

TEST_F(FragileClickHouse, GivesUpOnAServerThatDoesNotAnswer) {
    Start();
    auto config = ClickHouseOf(server_, folder_);
    config.server.request_timeout = std::chrono::milliseconds(500);
    auto opened = OpenClickHouseEngine(config, clock_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    Engine& engine = **opened;
    Append(engine, {TestTrade(kStart, 1)});
    server_.Freeze();
    EXPECT_TRUE(absl::IsUnavailable(TryAppend(engine, {TestTrade(kStart + 1, 2)}).status()));
    server_.Thaw();
    // What was given up may still arrive there; it is the same event.
    ASSERT_TRUE(testing::Eventually([&] {
        return TryAppend(engine, {TestTrade(kStart + 1, 2)}).ok();
    }));
    EXPECT_EQ(Rows(engine, kTrades).size(), 2u);
    EXPECT_EQ(engine.ListSeries()[0].events, 2u);
}

TEST_F(FragileClickHouse, LeavesAServerThatDoesNotAnswerWhenItIsTimeToStop) {
    Start();
    auto config = ClickHouseOf(server_, folder_);
    config.server.request_timeout = std::chrono::minutes(10);
    auto opened = OpenClickHouseEngine(config, clock_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    Engine& engine = **opened;
    Append(engine, {TestTrade(kStart, 1)});
    server_.Freeze();
    engine.GiveUpAt(Deadline::After(std::chrono::milliseconds(200)));
    EXPECT_TRUE(absl::IsUnavailable(TryAppend(engine, {TestTrade(kStart + 1, 2)}).status()));
    server_.Thaw();
    EXPECT_TRUE(absl::IsUnavailable(TryAppend(engine, {TestTrade(kStart + 1, 2)}).status()));
}

TEST_F(FragileClickHouse, StopsAppendingToAReadOnlyServerAndReadsOn) {
    Start();
    const auto engine = Open();
    Append(*engine, {TestTrade(kStart, 1)});
    server_.Kill();
    server_.set_profile("<readonly>2</readonly>");
    Start();
    EXPECT_TRUE(absl::IsUnavailable(TryAppend(*engine, {TestTrade(kStart + 1, 2)}).status()));
    EXPECT_EQ(Rows(*engine, kTrades).size(), 1u);
    server_.Kill();
    server_.set_profile("");
    Start();
    Append(*engine, {TestTrade(kStart + 1, 2)});
    EXPECT_EQ(Rows(*engine, kTrades).size(), 2u);
}

TEST_F(FragileClickHouse, WaitsWhileThereAreTooManyParts) {
    server_.set_config(
        "<merge_tree><parts_to_delay_insert>12</parts_to_delay_insert>"
        "<parts_to_throw_insert>12</parts_to_throw_insert></merge_tree>"
    );
    Start();
    const auto engine = Open();
    const clickhouse::Client client(ClickHouseOf(server_, folder_).server);
    ASSERT_TRUE(client.Execute("SYSTEM STOP MERGES").ok());
    uint64_t stored = 0;
    Status refused;
    while (refused.ok() && stored < 50) {
        refused = TryAppend(*engine, {TestTrade(kStart, ++stored)}).status();
    }
    EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
    EXPECT_THAT(std::string(engine->Health().message()), HasSubstr("oo many parts"));
    ASSERT_TRUE(client.Execute("SYSTEM START MERGES").ok());
    ASSERT_TRUE(testing::Eventually([&] {
        (void)client.Execute("OPTIMIZE TABLE state");
        (void)client.Execute("OPTIMIZE TABLE trade_rows");
        return TryAppend(*engine, {TestTrade(kStart, stored)}).ok();
    }));
    EXPECT_EQ(Rows(*engine, kTrades).size(), stored);
}

// The server dies at any moment of a commit; the writer repeats what was not committed, as the
// stream does.
TEST_F(FragileClickHouse, HasEverythingOnceHoweverOftenItWasKilled) {
    Start();
    auto engine = Open();
    MemoryEngine reference(clock_);
    std::mt19937_64 random(11);
    uint64_t id = 0;
    for (int round = 0; round < 5; ++round) {
        // So many questions later it stands somewhere in a commit.
        std::thread killer([this, questions = random() % 60] {
            const clickhouse::Client client(ClickHouseOf(server_, folder_).server);
            for (size_t i = 0; i < questions; ++i) (void)client.Execute("SELECT 1");
            server_.Kill();
        });
        for (int batch = 0; batch < 200; ++batch) {
            std::vector<TestEvent> events;
            for (int i = 0; i < 40; ++i) {
                const auto n = static_cast<Nanos>(++id);
                events.push_back(TestTrade(kStart + n * kDay / 500, id, 100, 50 - i));
                events.push_back(TestBbo(kStart + n * 1000, id));
                if (id > 5) events.push_back(TestBbo(kStart + n * 1000 - 7, id - 3));
            }
            Append(reference, events);
            const bool stored = TryAppend(*engine, events).ok();
            if (stored) continue;
            killer.join();
            Start();
            ASSERT_TRUE(TryAppend(*engine, events).ok());
            break;
        }
        if (killer.joinable()) killer.join();
        if (!server_.running()) Start();
        if (round % 2 == 1) {
            engine.reset();
            engine = Open();
        }
        ASSERT_EQ(Dump(*engine), Dump(reference)) << "round " << round;
    }
}

}  // namespace
}  // namespace mp::storage
