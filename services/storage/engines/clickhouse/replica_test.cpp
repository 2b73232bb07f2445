// A shard of two servers with a real keeper: what the replica may answer, and what happens when it
// is away, behind, or alone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>

#include "storage/engines/clickhouse/open.hpp"
#include "storage/engines/test/clickhouse_fixture.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "testing/eventually.hpp"
#include "testing/manual_clock.hpp"
#include "testing/zookeeper_server.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr Nanos kStart = 1'700'000'000 * kSecond;
constexpr Nanos kDay = 86'400 * kSecond;
constexpr Duration kPatience = 60s;

const model::Series kTrades = TestSeries(model::DataType::kTrade);

class ReplicatedClickHouse : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!testing::ClickHouseServer::Installed()) {
            GTEST_SKIP() << "no clickhouse-server is installed";
        }
        if (!testing::ZooKeeperServer::Installed()) {
            GTEST_SKIP() << "no zookeeper is installed (Debian: zookeeper, default-jre-headless): "
                            "replicas are not tested";
        }
        const Status keeper = keeper_.Start();
        ASSERT_TRUE(keeper.ok()) << keeper;
        const std::string config = "<zookeeper><node><host>127.0.0.1</host><port>" +
                                   std::to_string(keeper_.port()) +
                                   "</port></node><session_timeout_ms>15000</session_timeout_ms>"
                                   "</zookeeper>";
        for (testing::ClickHouseServer* server : {&primary_, &replica_}) {
            server->set_config(config);
            Start(*server);
        }
        config_ = ClickHouseOf(primary_, folder_);
        config_.server.request_timeout = 45s;
        config_.topology.shards = {{"main", primary_.url(), {replica_.url()}}};
        config_.topology.watch_every = 100ms;
    }

    static void Start(testing::ClickHouseServer& server) {
        const Status started = server.Start();
        ASSERT_TRUE(started.ok()) << started;
    }
    std::unique_ptr<Engine> Open() {
        auto engine = OpenClickHouseEngine(config_, clock_);
        EXPECT_TRUE(engine.ok()) << engine.status();
        return *std::move(engine);
    }
    static EndpointState ReplicaOf(const Engine& engine) { return engine.Endpoints().at(1); }
    // Asks until the replica has given an answer that is right.
    static bool ReplicaAnswers(
        const Engine& engine, const std::vector<Row>& expected, const ScanRange& range = {}
    ) {
        const uint64_t before = ReplicaOf(engine).reads;
        return testing::Eventually(
            [&] {
                EXPECT_EQ(Rows(engine, kTrades, range), expected);
                return ReplicaOf(engine).reads > before;
            },
            kPatience
        );
    }
    Status AskReplica(const std::string& sql) {
        clickhouse::ClientConfig config = config_.server;
        config.url = replica_.url();
        return clickhouse::Client(config).Execute(sql);
    }

    testing::ZooKeeperServer keeper_;
    testing::ClickHouseServer primary_;
    testing::ClickHouseServer replica_;
    const testing::TempDir folder_;
    const testing::ManualClock clock_;
    ClickHouseConfig config_;
};

TEST_F(ReplicatedClickHouse, AnswersFromTheReplicaWhatItHasAndFromThePrimaryWhatItHasNot) {
    const auto engine = Open();
    MemoryEngine reference(clock_);
    const std::vector<TestEvent> old{TestTrade(kStart, 1), TestTrade(kStart + 1, 2)};
    Append(*engine, old);
    Append(reference, old);
    ASSERT_TRUE(ReplicaAnswers(*engine, Rows(reference, kTrades))) << engine->Redundancy();
    EXPECT_TRUE(engine->Redundancy().ok()) << engine->Redundancy();

    // What comes now does not get there, yet every answer has it.
    ASSERT_TRUE(AskReplica("SYSTEM STOP FETCHES").ok());
    for (uint64_t id = 3; id < 20; ++id) {
        const std::vector<TestEvent> fresh{TestTrade(kStart + kDay + static_cast<Nanos>(id), id)};
        Append(*engine, fresh);
        Append(reference, fresh);
        ASSERT_EQ(Rows(*engine, kTrades), Rows(reference, kTrades)) << id;
    }
    // The day before did not change: the replica has all of it.
    ScanRange yesterday;
    yesterday.time = {kStart - 1, kStart + kDay};
    EXPECT_TRUE(ReplicaAnswers(*engine, Rows(reference, kTrades, yesterday), yesterday));

    ASSERT_TRUE(AskReplica("SYSTEM START FETCHES").ok());
    EXPECT_TRUE(ReplicaAnswers(*engine, Rows(reference, kTrades))) << engine->Redundancy();
    EXPECT_EQ(Dump(*engine), Dump(reference));
}

TEST_F(ReplicatedClickHouse, AReplicaThatDiesCostsNoQueryIsNamedAndComesBack) {
    const auto engine = Open();
    MemoryEngine reference(clock_);
    Append(*engine, {TestTrade(kStart, 1)});
    Append(reference, {TestTrade(kStart, 1)});
    ASSERT_TRUE(ReplicaAnswers(*engine, Rows(reference, kTrades))) << engine->Redundancy();
    replica_.Kill();
    for (uint64_t id = 2; id < 30; ++id) {
        Append(*engine, {TestTrade(kStart + static_cast<Nanos>(id), id)});
        Append(reference, {TestTrade(kStart + static_cast<Nanos>(id), id)});
        ASSERT_EQ(Rows(*engine, kTrades), Rows(reference, kTrades));
    }
    EXPECT_TRUE(engine->Health().ok()) << engine->Health();
    ASSERT_TRUE(testing::Eventually([&] { return !engine->Redundancy().ok(); }, kPatience));
    EXPECT_THAT(
        std::string(engine->Redundancy().message()),
        ::testing::AllOf(
            HasSubstr("replica " + replica_.url() + ": "), HasSubstr("(since 2024-01-01T")
        )
    );
    EXPECT_FALSE(ReplicaOf(*engine).used);
    Start(replica_);
    EXPECT_TRUE(ReplicaAnswers(*engine, Rows(reference, kTrades))) << engine->Redundancy();
    EXPECT_TRUE(testing::Eventually([&] { return engine->Redundancy().ok(); }, kPatience));
}

TEST_F(ReplicatedClickHouse, TheReplicaAnswersWhileThePrimaryIsAwayAndWritesWait) {
    const auto engine = Open();
    MemoryEngine reference(clock_);
    Append(*engine, {TestTrade(kStart, 1)});
    Append(reference, {TestTrade(kStart, 1)});
    ASSERT_TRUE(ReplicaAnswers(*engine, Rows(reference, kTrades))) << engine->Redundancy();
    primary_.Kill();
    EXPECT_TRUE(absl::IsUnavailable(TryAppend(*engine, {TestTrade(kStart + 1, 2)}).status()));
    EXPECT_EQ(Rows(*engine, kTrades), Rows(reference, kTrades));
    Start(primary_);
    // The keeper must first believe that the primary's old session is over.
    ASSERT_TRUE(testing::Eventually(
        [&] { return TryAppend(*engine, {TestTrade(kStart + 1, 2)}).ok(); }, kPatience
    )) << engine->Health();
    Append(reference, {TestTrade(kStart + 1, 2)});
    EXPECT_TRUE(ReplicaAnswers(*engine, Rows(reference, kTrades))) << engine->Redundancy();
}

// Without the keeper replicated tables take no rows.
TEST_F(ReplicatedClickHouse, WaitsWhileTheKeeperIsAway) {
    const auto engine = Open();
    MemoryEngine reference(clock_);
    Append(*engine, {TestTrade(kStart, 1)});
    Append(reference, {TestTrade(kStart, 1)});
    keeper_.Kill();
    const Status refused = TryAppend(*engine, {TestTrade(kStart + 1, 2)}).status();
    EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
    const Status keeper = keeper_.Start();
    ASSERT_TRUE(keeper.ok()) << keeper;
    ASSERT_TRUE(testing::Eventually(
        [&] { return TryAppend(*engine, {TestTrade(kStart + 1, 2)}).ok(); }, kPatience
    )) << engine->Health();
    Append(reference, {TestTrade(kStart + 1, 2)});
    EXPECT_EQ(Dump(*engine), Dump(reference));
}

TEST_F(ReplicatedClickHouse, RefusesTablesThatWereMadeWithoutReplicas) {
    {
        ClickHouseConfig alone = config_;
        alone.topology.shards.clear();
        auto engine = OpenClickHouseEngine(alone, clock_);
        ASSERT_TRUE(engine.ok()) << engine.status();
    }
    EXPECT_THAT(
        OpenClickHouseEngine(config_, clock_).status().ToString(),
        HasSubstr("made without replicas")
    );
}

}  // namespace
}  // namespace mp::storage
