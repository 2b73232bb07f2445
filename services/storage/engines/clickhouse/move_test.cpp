// An instrument moves from one ClickHouse server to another while it is written to and read.

#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>

#include "storage/engines/clickhouse/migrations.hpp"
#include "storage/engines/clickhouse/open.hpp"
#include "storage/engines/test/clickhouse_fixture.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "testing/eventually.hpp"
#include "testing/manual_clock.hpp"

namespace mp::storage {
namespace {

using ::testing::HasSubstr;

constexpr Nanos kStart = 1'700'000'000 * kSecond;
constexpr Nanos kDay = 86'400 * kSecond;

const model::Series kTrades = TestSeries(model::DataType::kTrade);

class ClickHouseMove : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!testing::ClickHouseServer::Installed()) {
            GTEST_SKIP() << "no clickhouse-server is installed";
        }
        Reopen();
        for (int day = 0; day < 3; ++day) Store(kStart + day * kDay);
        here_ = RowsAt(0) > 0 ? 0 : 1;
    }

    void Reopen() {
        engine_.reset();
        engine_ = OpenClickHouseShards(folder_, clock_);
    }
    static std::string NameOf(size_t shard) { return shard == 0 ? "a" : "b"; }

    // Events of two instruments, some of them late, some seen earlier than others, and a claim.
    void Store(Nanos at) {
        std::vector<TestEvent> events;
        for (int i = 0; i < 5; ++i) {
            const uint64_t id = ++id_;
            events.push_back(TestTrade(at + i, id));
            events.push_back(TestTrade(kStart - kDay + static_cast<Nanos>(id), 10'000 + id));
            events.push_back(TestBbo(at + i * 10, id));
            if (id > 7) events.push_back(TestBbo(at - 5, id - 7));
            TestEvent other = TestTrade(at + i, id);
            other.series = TestSeries(model::DataType::kTrade, "ETH-USDT");
            events.push_back(other);
        }
        Append(*engine_, events);
        Append(reference_, events);
        for (Engine* engine : {engine_.get(), static_cast<Engine*>(&reference_)}) {
            Claim(*engine, {{{at, at + 100}}});
        }
    }

    // How many rows of the instrument, of whatever type, a server has.
    uint64_t RowsAt(size_t server) {
        clickhouse::ClientConfig config = ClickHouseOf(SharedClickHouse(), folder_).server;
        config.url = SharedClickHouse(server).url();
        const clickhouse::Client client(config);
        uint64_t rows = 0;
        const auto count = [&](const std::string& table) {
            const auto answer =
                client.Rows("SELECT count() FROM " + table + " WHERE symbol = 'BTC-USDT'");
            EXPECT_TRUE(answer.ok()) << answer.status();
            rows += std::stoull(answer->front().front());
        };
        count("receipts");
        for (int type = 1; type <= model::kDataTypes; ++type) {
            count(clickhouse::RowsTable(static_cast<model::DataType>(type)));
        }
        return rows;
    }

    Result<MoveSlice> Move(size_t to, std::string_view resume) {
        return engine_->MoveInstrument(TestInstrument(), NameOf(to), resume);
    }
    // To its end.
    void MoveAll(size_t to, std::string resume = "") {
        ASSERT_TRUE(testing::Eventually(
            [&] {
                const auto slice = Move(to, resume);
                EXPECT_TRUE(slice.ok()) << slice.status();
                if (slice.ok()) resume = slice->next;
                return !slice.ok() || resume.empty();
            },
            std::chrono::seconds(60)
        ));
    }
    // Until the copy counts and the old rows have to go; the place of that.
    std::string MoveUntilCopied(size_t to) {
        std::string resume;
        do {
            const auto slice = Move(to, resume);
            EXPECT_TRUE(slice.ok()) << slice.status();
            if (!slice.ok()) break;
            resume = slice->next;
        } while (resume.starts_with("copy"));
        return resume;
    }
    void ExpectAllAt(size_t server) {
        EXPECT_EQ(Dump(*engine_), Dump(reference_));
        EXPECT_GT(RowsAt(server), 0u);
        EXPECT_EQ(RowsAt(1 - server), 0u);
    }

    const testing::TempDir folder_;
    const testing::ManualClock clock_;
    std::unique_ptr<Engine> engine_;
    MemoryEngine reference_{clock_};
    uint64_t id_ = 0;
    size_t here_ = 0;
};

TEST_F(ClickHouseMove, TakesEverythingAlongAlsoWhatArrivesMeanwhile) {
    const size_t there = 1 - here_;
    std::string resume;
    int slices = 0;
    do {
        const auto slice = Move(there, resume);
        ASSERT_TRUE(slice.ok()) << slice.status();
        resume = slice->next;
        if (++slices < 20) Store(kStart + slices * kDay / 4);
        ASSERT_EQ(Dump(*engine_), Dump(reference_)) << "behind slice " << slices;
    } while (resume.starts_with("copy") || slices < 3);
    EXPECT_GT(slices, 5);
    MoveAll(there, resume);
    ExpectAllAt(there);
    Store(kStart + 30 * kDay);
    ExpectAllAt(there);
    Reopen();
    ExpectAllAt(there);
    EXPECT_EQ(Move(there, "")->next, "");  // it lies there
}

TEST_F(ClickHouseMove, GoesOnWhereverItWasBrokenOff) {
    for (int steps = 0; steps < 14; steps += 2) {
        const size_t there = 1 - here_;
        std::string resume;
        for (int i = 0; i < steps; ++i) {
            const auto slice = Move(there, resume);
            ASSERT_TRUE(slice.ok()) << slice.status();
            resume = slice->next;
            if (resume.empty()) break;
        }
        Reopen();
        Store(kStart + steps * kDay);
        MoveAll(there);
        ExpectAllAt(there);
        here_ = there;
    }
}

TEST_F(ClickHouseMove, ACursorThatIsOpenFindsTheRest) {
    std::vector<TestEvent> events;
    for (int i = 0; i < 3'000; ++i)
        events.push_back(TestTrade(kStart + i * kSecond, ++id_ + 50'000));
    Append(*engine_, events);
    Append(reference_, events);
    auto cursor = engine_->Scan(*engine_->Find(kTrades), {});
    ASSERT_TRUE(cursor.ok());
    std::vector<Row> rows;
    const auto take = [&](size_t limit) {
        while (rows.size() < limit && (*cursor)->Next()) {
            rows.push_back({std::string((*cursor)->key()), std::string((*cursor)->event())});
        }
        EXPECT_TRUE((*cursor)->status().ok()) << (*cursor)->status();
    };
    take(100);
    MoveAll(1 - here_);
    take(100'000);
    EXPECT_EQ(rows, Rows(reference_, kTrades));
}

// What a commit that broke off left on one of them must not come to life.
TEST_F(ClickHouseMove, BeginsAnewWhereAShardWasAway) {
    std::array<testing::ClickHouseServer, 2> servers;
    ClickHouseConfig config = ClickHouseOf(SharedClickHouse(), folder_);
    config.server.request_timeout = std::chrono::seconds(20);
    for (size_t i = 0; i < 2; ++i) {
        ASSERT_TRUE(servers[i].Start().ok());
        config.topology.shards.push_back({NameOf(i), servers[i].url(), {}});
    }
    auto opened = OpenClickHouseEngine(config, clock_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    Engine& engine = **opened;
    MemoryEngine reference(clock_);
    const auto store = [&](Nanos at) {
        const std::vector<TestEvent> events{
            TestTrade(at, ++id_), TestBbo(at, id_), TestBbo(at - 3, id_ - 1)};
        Append(reference, events);
        return TryAppend(engine, events).ok() ? std::vector<TestEvent>{} : events;
    };
    ASSERT_TRUE(store(kStart).empty());
    for (const std::string to : {"b", "a", "b"}) {
        const auto victim = static_cast<size_t>(to == "a");
        std::string resume;
        for (int i = 0; i < 2; ++i) {
            const auto slice = engine.MoveInstrument(TestInstrument(), to, resume);
            ASSERT_TRUE(slice.ok()) << slice.status();
            resume = slice->next;
        }
        servers[victim].Kill();
        const auto broken = store(kStart + static_cast<Nanos>(id_) * kDay);
        ASSERT_TRUE(servers[victim].Start().ok());
        if (!broken.empty()) Append(engine, broken);
        ASSERT_TRUE(testing::Eventually(
            [&] {
                const auto slice = engine.MoveInstrument(TestInstrument(), to, resume);
                EXPECT_TRUE(slice.ok()) << slice.status();
                if (slice.ok()) resume = slice->next;
                return !slice.ok() || resume.empty();
            },
            std::chrono::seconds(60)
        ));
        EXPECT_EQ(Dump(engine), Dump(reference));
    }
}

TEST_F(ClickHouseMove, GoesBackForWhoeverWantsItBackBehindTheCopy) {
    const size_t there = 1 - here_;
    ASSERT_EQ(MoveUntilCopied(there), "delete");
    Store(kStart + 9 * kDay);
    MoveAll(here_);
    ExpectAllAt(here_);
}

TEST_F(ClickHouseMove, DeletesItsRowsWhateverAnotherMoveHasDone) {
    const size_t there = 1 - here_;
    const std::string place = MoveUntilCopied(there);
    MoveAll(there, place);
    ASSERT_EQ(MoveUntilCopied(here_), place);
    MoveAll(here_, place);
    ExpectAllAt(here_);
}

TEST_F(ClickHouseMove, WaitsForNoDeletionButItsOwn) {
    clickhouse::ClientConfig config = ClickHouseOf(SharedClickHouse(), folder_).server;
    config.url = SharedClickHouse(here_).url();
    const clickhouse::Client client(config);
    for (const char* statement :
         {"CREATE TABLE other (x UInt8) ENGINE = MergeTree ORDER BY x",
          "INSERT INTO other VALUES (1)",
          "ALTER TABLE other DELETE WHERE throwIf(x = 1)"}) {
        ASSERT_TRUE(client.Execute(statement).ok()) << statement;
    }
    MoveAll(1 - here_);
    ExpectAllAt(1 - here_);
    const auto others = client.Rows("SELECT count() FROM system.mutations WHERE NOT is_done");
    ASSERT_TRUE(others.ok()) << others.status();
    EXPECT_NE(others->front().front(), "0") << "the other one is done: nothing was shown";
}

TEST_F(ClickHouseMove, RefusesWhatCannotBe) {
    EXPECT_EQ(
        engine_->MoveInstrument(TestInstrument(), "c", "").status().code(),
        StatusCode::kInvalidArgument
    );
    EXPECT_EQ(
        engine_->MoveInstrument(TestInstrument("XRP-USDT"), "a", "").status().code(),
        StatusCode::kNotFound
    );
    ASSERT_TRUE(Move(1 - here_, "").ok());
    EXPECT_THAT(
        Move(here_, "").status().ToString(),
        HasSubstr("is on its way to the shard " + NameOf(1 - here_))
    );
    EXPECT_EQ(
        reference_.MoveInstrument(TestInstrument(), "a", "").status().code(),
        StatusCode::kUnimplemented
    );
}

}  // namespace
}  // namespace mp::storage
