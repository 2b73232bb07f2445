// Several ClickHouse servers as one store: where instruments lie, and what happens while a shard is
// away.

#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include "registry/rendezvous.hpp"
#include "storage/engines/clickhouse/open.hpp"
#include "storage/engines/test/clickhouse_fixture.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "testing/manual_clock.hpp"

namespace mp::storage {
namespace {

using ::testing::HasSubstr;

constexpr Nanos kStart = 1'700'000'000 * kSecond;
constexpr Nanos kDay = 86'400 * kSecond;
constexpr int kInstruments = 12;

std::string Symbol(int number) {
    return "C" + std::to_string(number) + "-USDT";
}

TestEvent TradeOf(int instrument, Nanos at, uint64_t id) {
    TestEvent event = TestTrade(at, id);
    event.series = TestSeries(model::DataType::kTrade, Symbol(instrument));
    return event;
}

TestEvent BboOf(int instrument, Nanos received, uint64_t id) {
    TestEvent event = TestBbo(received, id);
    event.series = TestSeries(model::DataType::kBbo, Symbol(instrument));
    return event;
}

std::vector<TestEvent> OneOfEach(Nanos at, uint64_t id) {
    std::vector<TestEvent> events;
    for (int i = 0; i < kInstruments; ++i) events.push_back(TradeOf(i, at, id));
    return events;
}

class ClickHouseShards : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!testing::ClickHouseServer::Installed()) {
            GTEST_SKIP() << "no clickhouse-server is installed";
        }
        config_ = ClickHouseOf(SharedClickHouse(), folder_);
    }

    std::vector<clickhouse::ShardConfig> BothShards() {
        return {{"a", SharedClickHouse(0).url(), {}}, {"b", SharedClickHouse(1).url(), {}}};
    }
    Result<std::unique_ptr<Engine>> Open(std::vector<clickhouse::ShardConfig> shards) {
        ClickHouseConfig config = config_;
        config.topology.shards = std::move(shards);
        return OpenClickHouseEngine(config, clock_);
    }
    // Where the trades of each symbol are, one letter a server.
    std::map<std::string, std::string> Places() {
        std::map<std::string, std::string> places;
        for (size_t server = 0; server < 2; ++server) {
            clickhouse::ClientConfig config = config_.server;
            config.url = SharedClickHouse(server).url();
            const auto rows =
                clickhouse::Client(config).Rows("SELECT DISTINCT symbol FROM trade_rows");
            EXPECT_TRUE(rows.ok()) << rows.status();
            for (const auto& row : *rows) places[row[0]] += server == 0 ? 'a' : 'b';
        }
        return places;
    }

    const testing::TempDir folder_;
    const testing::ManualClock clock_;
    ClickHouseConfig config_;
};

TEST_F(ClickHouseShards, AnInstrumentLiesWhollyOnTheShardThatItsNameChooses) {
    const auto engine = OpenClickHouseShards(folder_, clock_);
    MemoryEngine reference(clock_);
    for (int round = 0; round < 3; ++round) {
        const auto events = OneOfEach(kStart + round * kDay, static_cast<uint64_t>(round));
        Append(*engine, events);
        Append(reference, events);
    }
    const std::vector<std::string> names{"a", "b"};
    std::string used;
    for (const auto& [symbol, place] : Places()) {
        const std::string key = model::InstrumentKey(TestInstrument(symbol));
        EXPECT_EQ(place, names[registry::RendezvousOwners(key, names).front()]) << symbol;
        used += place;
    }
    EXPECT_THAT(used, ::testing::AllOf(HasSubstr("a"), HasSubstr("b")));
    EXPECT_EQ(Dump(*engine), Dump(reference));
    EXPECT_EQ(Dump(*OpenClickHouseShards(folder_, clock_)), Dump(reference));
}

TEST_F(ClickHouseShards, AStoreOfOneServerGrowsAndNothingOfItMoves) {
    MemoryEngine reference(clock_);
    const std::vector<TestEvent> old{TradeOf(100, kStart, 1), TradeOf(101, kStart, 1)};
    Append(reference, old);
    {
        auto single = OpenClickHouseEngine(config_, clock_);
        ASSERT_TRUE(single.ok()) << single.status();
        Append(**single, old);
    }
    {
        auto engine = Open(BothShards());
        ASSERT_TRUE(engine.ok()) << engine.status();
        auto events = OneOfEach(kStart, 1);
        events.push_back(TradeOf(100, kStart + 1, 2));
        events.push_back(BboOf(101, kStart + 1, 2));
        Append(**engine, events);
        Append(reference, events);
        EXPECT_EQ(Dump(**engine), Dump(reference));
    }
    const auto places = Places();
    EXPECT_EQ(places.at(Symbol(100)), "a");
    EXPECT_EQ(places.at(Symbol(101)), "a");
    EXPECT_EQ(places.size(), 2u + kInstruments);
}

TEST_F(ClickHouseShards, RefusesAConfigurationThatWouldHideWhatIsStored) {
    { OpenClickHouseShards(folder_, clock_); }
    auto shards = BothShards();
    std::swap(shards[0], shards[1]);
    const Status swapped = Open(shards).status();
    EXPECT_EQ(swapped.code(), StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(swapped.message()), HasSubstr("is the shard b of a, not b of b"));
    shards = BothShards();
    shards[1].name = "c";
    EXPECT_THAT(Open(shards).status().ToString(), HasSubstr("is the shard b of a, not c of a"));
    EXPECT_THAT(
        Open({{"b", SharedClickHouse(1).url(), {}}}).status().ToString(),
        HasSubstr("is the shard b of a, not b of b")
    );
}

TEST_F(ClickHouseShards, RefusesToGoOnWithoutAShardThatHoldsSomething) {
    Append(*OpenClickHouseShards(folder_, clock_), OneOfEach(kStart, 1));
    const Status missing = Open({BothShards()[0]}).status();
    EXPECT_EQ(missing.code(), StatusCode::kFailedPrecondition);
    EXPECT_THAT(
        std::string(missing.message()),
        HasSubstr("on the shard b, which is not in clickhouse.shards")
    );
}

TEST_F(ClickHouseShards, RefusesAStoreOfItsOwnAsAPart) {
    config_.server.url = SharedClickHouse(1).url();
    {
        auto other = OpenClickHouseEngine(config_, clock_);
        ASSERT_TRUE(other.ok()) << other.status();
        AppendBatch batch;
        batch.SetPosition({});
        ASSERT_TRUE((*other)->Append(batch).ok());
    }
    EXPECT_THAT(Open(BothShards()).status().ToString(), HasSubstr("is a store of its own"));
}

// Two servers of the test's own, to be mistreated.
class FragileShards : public ClickHouseShards {
  protected:
    void SetUp() override {
        ClickHouseShards::SetUp();
        if (IsSkipped()) return;
        for (auto& server : servers_) server.ChoosePorts();
        std::string shards;
        for (const auto& server : servers_) {
            shards += "<shard><replica><host>127.0.0.1</host><port>" +
                      std::to_string(server.tcp_port()) + "</port></replica></shard>";
        }
        for (auto& server : servers_) {
            server.set_config("<remote_servers><both>" + shards + "</both></remote_servers>");
            Start(server);
        }
        config_.server.request_timeout = std::chrono::seconds(20);
        config_.topology.shards = {{"a", servers_[0].url(), {}}, {"b", servers_[1].url(), {}}};
    }

    static void Start(testing::ClickHouseServer& server) {
        const Status started = server.Start();
        ASSERT_TRUE(started.ok()) << started;
    }
    std::unique_ptr<Engine> OpenBoth() {
        auto engine = OpenClickHouseEngine(config_, clock_);
        EXPECT_TRUE(engine.ok()) << engine.status();
        return *std::move(engine);
    }

    std::array<testing::ClickHouseServer, 2> servers_;
};

TEST_F(FragileShards, WaitsForTheShardThatIsAwayNamesItAndServesTheOther) {
    const auto engine = OpenBoth();
    MemoryEngine reference(clock_);
    Append(*engine, OneOfEach(kStart, 1));
    Append(reference, OneOfEach(kStart, 1));
    servers_[1].Kill();
    EXPECT_TRUE(absl::IsUnavailable(TryAppend(*engine, OneOfEach(kStart + 1, 2)).status()));
    EXPECT_THAT(
        std::string(engine->Health().message()),
        ::testing::AllOf(
            HasSubstr("clickhouse shard b at " + servers_[1].url()), HasSubstr("(since 2024-01-01T")
        )
    );
    int served = 0;
    for (const SeriesEntry& entry : engine->ListSeries()) {
        auto cursor = engine->Scan(entry.id, {});
        ASSERT_TRUE(cursor.ok());
        if ((*cursor)->Next()) ++served;
    }
    EXPECT_GT(served, 0);
    EXPECT_LT(served, kInstruments);
    Start(servers_[1]);
    Append(*engine, OneOfEach(kStart + 1, 2));
    Append(reference, OneOfEach(kStart + 1, 2));
    EXPECT_TRUE(engine->Health().ok()) << engine->Health();
    EXPECT_EQ(Dump(*engine), Dump(reference));
}

// Either server dies at any moment of a commit; the writer repeats what was not committed, as the
// stream does.
TEST_F(FragileShards, HasEverythingOnceWhicheverOfThemIsKilled) {
    auto engine = OpenBoth();
    MemoryEngine reference(clock_);
    std::mt19937_64 random(5);
    uint64_t id = 0;
    for (int round = 0; round < 4; ++round) {
        testing::ClickHouseServer& victim = servers_[static_cast<size_t>(round) % 2];
        // So many questions later it stands somewhere in a commit.
        std::thread killer([this, &victim, questions = random() % 60] {
            clickhouse::ClientConfig config = config_.server;
            config.url = victim.url();
            const clickhouse::Client client(config);
            for (size_t i = 0; i < questions; ++i) (void)client.Execute("SELECT 1");
            victim.Kill();
        });
        for (int batch = 0; batch < 200; ++batch) {
            std::vector<TestEvent> events;
            for (int i = 0; i < kInstruments; ++i) {
                const auto n = static_cast<Nanos>(++id);
                events.push_back(TradeOf(i, kStart + n * kDay / 500, id));
                events.push_back(BboOf(i, kStart + n * 1000, id));
                if (id > kInstruments) {  // known already, and seen earlier elsewhere
                    events.push_back(BboOf(i, kStart + n * 1000 - 7, id - kInstruments));
                }
            }
            Append(reference, events);
            if (TryAppend(*engine, events).ok()) continue;
            killer.join();
            Start(victim);
            const auto repeated = TryAppend(*engine, events);
            ASSERT_TRUE(repeated.ok()) << repeated.status();
            break;
        }
        if (killer.joinable()) killer.join();
        if (!victim.running()) Start(victim);
        if (round % 2 == 1) {
            engine.reset();
            engine = OpenBoth();
        }
        ASSERT_EQ(Dump(*engine), Dump(reference)) << "round " << round;
    }
}

TEST_F(FragileShards, OffersTablesOverAllShardsToWhoAsksAnyServer) {
    config_.topology.cluster = "both";
    Append(*OpenBoth(), OneOfEach(kStart, 1));
    for (const auto& server : servers_) {
        clickhouse::ClientConfig config = config_.server;
        config.url = server.url();
        const auto rows = clickhouse::Client(config).Rows(
            "SELECT count(), uniqExact(symbol), min(time) FROM trade_all"
        );
        ASSERT_TRUE(rows.ok()) << rows.status();
        EXPECT_THAT(rows->front(), ::testing::ElementsAre("12", "12", "2023-11-14 22:13:20"));
    }
    config_.topology.cluster = "neither";
    EXPECT_THAT(
        OpenClickHouseEngine(config_, clock_).status().ToString(),
        HasSubstr("has no cluster neither in its remote_servers")
    );
}

}  // namespace
}  // namespace mp::storage
