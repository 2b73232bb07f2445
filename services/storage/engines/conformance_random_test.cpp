// Every engine against the reference, whatever happens: random histories, the same for all.

#include <filesystem>
#include <random>

#include "storage/engines/test/clickhouse_fixture.hpp"
#include "storage/engines/test/conformance.hpp"
#include "storage/engines/test/followed_clickhouse.hpp"
#include "storage/engines/test/modern_clickhouse.hpp"
#include "storage/engines/test/rocks_fixture.hpp"

namespace mp::storage {
namespace {

// Random batches, repeats, contradictions, deletions, restarts and crashes: always equal to the
// reference.
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
        std::vector<TestEvent>& events = last_;
        events.clear();
        for (auto n = Below(25); n >= 0; --n) {
            const bool again = !past_.empty() && Below(4) == 0;
            events.push_back(again ? past_[static_cast<size_t>(Below(past_.size()))] : AnyEvent());
            past_.push_back(events.back());
        }
        return events;
    }
    const std::vector<TestEvent>& LastBatch() const { return last_; }

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
    std::vector<TestEvent> last_;
};

// The trades as columns tell of them, with their keys.
std::vector<std::string> TradesOf(const Engine& engine) {
    std::vector<std::string> trades;
    const std::optional<SeriesId> series = engine.Find(kTrades);
    if (!series) return trades;
    const auto rows = engine.ScanTrades(*series, {}).value();
    while (rows->Next()) {
        const wire::TradeRow& trade = rows->trade();
        trades.push_back(
            std::string(rows->key()) + " " + std::to_string(trade.received_ts) + " " +
            trade.price.ToString() + " " + trade.quantity.ToString()
        );
    }
    EXPECT_TRUE(rows->status().ok()) << rows->status();
    return trades;
}

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
                if (run.Below(2) == 0) {
                    GetParam().crash(folder, tested);
                } else {
                    tested.reset();
                }
                tested = GetParam().open(folder, clock_);
                // What was under way comes again.
                const auto again = run.LastBatch();
                ASSERT_EQ(Append(*tested, again).events, Append(reference, again).events);
            } else if (choice < 8) {
                const TestClaim claim{run.AnyInterval(300), run.Below(2) == 0 ? "a" : "b"};
                ASSERT_EQ(Claim(*tested, {claim}).claims, Claim(reference, {claim}).claims);
            } else {
                const auto batch = run.AnyBatch();
                ASSERT_EQ(Append(*tested, batch).events, Append(reference, batch).events);
            }
            if (run.Below(3) == 0) {
                ASSERT_TRUE(tested->Upkeep().ok());
            }
            ASSERT_EQ(Dump(*tested), Dump(reference)) << "step " << step;
            ASSERT_EQ(TradesOf(*tested), TradesOf(reference)) << "step " << step;
        }
        for (const auto& series : {kTrades, kBbos, kKlines}) {
            ScanRange range;
            range.time = run.AnyInterval(400);
            range.direction = Direction::kBackward;
            EXPECT_EQ(Rows(*tested, series, range), Rows(reference, series, range));
        }
    }
}

// The files as they are while the engine runs, without what it does when it ends.
void CrashRocks(const testing::TempDir& folder, std::unique_ptr<Engine>& engine) {
    namespace fs = std::filesystem;
    fs::create_directories(folder / "crashed");
    std::error_code gone;  // of a file that is no longer needed
    for (const auto& file : fs::directory_iterator(folder / "store")) {
        fs::copy_file(file.path(), folder / "crashed" / file.path().filename(), gone);
    }
    engine.reset();
    fs::remove_all(folder / "store");
    fs::rename(folder / "crashed", folder / "store");
}

// A server that all tests share goes on; what the engine knew is gone.
void CrashEngine(const testing::TempDir&, std::unique_ptr<Engine>& engine) {
    engine.reset();
}

// The servers die with the engine's connections open; opening starts them again.
void CrashClickHouse(const testing::TempDir&, std::unique_ptr<Engine>& engine) {
    for (const size_t server : {0, 1}) SharedClickHouse(server).Kill();
    engine.reset();
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
        EngineKind{"RocksDb", true, OpenRocks, 12, nullptr, CrashRocks},
        EngineKind{"RocksDbPacking", true, OpenPackingRocks, 12, nullptr, CrashRocks},
        EngineKind{"ClickHouse", true, OpenClickHouse, 2, NoClickHouse(), CrashClickHouse},
        EngineKind{
            "ClickHouseShards", true, OpenClickHouseShards, 2, NoClickHouse(), CrashClickHouse},
        EngineKind{
            "FollowedClickHouse", true, OpenFollowedClickHouse, 2, NoClickHouse(), CrashClickHouse},
        EngineKind{
            "ModernClickHouse", true, OpenModernClickHouse, 1, NoModernClickHouse(), CrashEngine}
    ),
    [](const auto& kind) { return kind.param.name; }
);

}  // namespace
}  // namespace mp::storage
