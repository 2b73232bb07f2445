// Blocks of trades change no answer: not while anything is written, moved or deleted around them,
// not behind a crash.

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <rocksdb/db.h>
#include <thread>
#include <vector>

#include "storage/decoded_trades.hpp"
#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/open.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/query/event_source.hpp"
#include "testing/manual_clock.hpp"
#include "testing/temp_dir.hpp"
#include "wire/convert.hpp"

namespace mp::storage {
namespace {

const model::Series kTrades = TestSeries(model::DataType::kTrade);

std::unique_ptr<Engine> MustOpen(
    const std::filesystem::path& path, const Clock& clock, bool pack = true, size_t rows = 8
) {
    RocksConfig config;
    config.path = path;
    config.min_free_bytes = 0;
    config.pack_trades = pack;
    config.pack_after = Duration(0);
    config.pack_rows = rows;
    Result<std::unique_ptr<Engine>> engine = OpenRocksEngine(config, clock);
    if (!engine.ok()) throw std::runtime_error(engine.status().ToString());
    return *std::move(engine);
}

// Until nothing is left to pack.
UpkeepStep KeepUp(Engine& engine) {
    UpkeepStep all;
    for (bool more = true; more;) {
        const Result<UpkeepStep> step = engine.Upkeep();
        EXPECT_TRUE(step.ok()) << step.status();
        if (!step.ok()) break;
        all.packed_trades += step->packed_trades;
        all.dropped_blocks += step->dropped_blocks;
        more = step->more;
    }
    return all;
}

std::vector<TestEvent> Consecutive(int first, int last) {
    std::vector<TestEvent> events;
    for (int i = first; i < last; ++i) {
        events.push_back(TestTrade(i * 10, static_cast<uint64_t>(i), 100 + i % 7));
    }
    return events;
}

std::vector<std::string> Told(TradeCursor& rows) {
    std::vector<std::string> told;
    while (rows.Next()) {
        const wire::TradeRow& trade = rows.trade();
        std::string line(rows.key());
        for (const int64_t number :
             {trade.order_ts,
              trade.received_ts,
              trade.exchange_ts.value_or(-1),
              static_cast<int64_t>(trade.trade_id.number),
              static_cast<int64_t>(trade.sequence),
              static_cast<int64_t>(trade.side),
              static_cast<int64_t>(trade.id_space)}) {
            line += " " + std::to_string(number);
        }
        line += " " + trade.price.ToString() + " " + trade.quantity.ToString() + " ";
        told.push_back(line + std::string(trade.trade_id.text));
    }
    EXPECT_TRUE(rows.status().ok()) << rows.status();
    return told;
}

// What its rows are.
std::vector<std::string> ByRows(const Engine& engine, const ScanRange& range = {}) {
    const std::optional<SeriesId> series = engine.Find(kTrades);
    if (!series) return {};
    return Told(*DecodeTrades(engine.Scan(*series, range).value()));
}

// What it gives with the help of blocks.
std::vector<std::string> ByBlocks(const Engine& engine, const ScanRange& range = {}) {
    const std::optional<SeriesId> series = engine.Find(kTrades);
    if (!series) return {};
    return Told(*engine.ScanTrades(*series, range).value());
}

// The chunks of an answer in columns, byte for byte.
std::vector<std::string> Chunks(
    const QueryContext& context, const pb::QueryEventsRequest& request
) {
    std::vector<std::string> chunks;
    const auto query = EventSource::Make(context, request).value();
    for (bool last = false; !last;) {
        const Chunk chunk = query->Next().value();
        chunks.push_back(chunk.bytes);
        last = chunk.last;
    }
    return chunks;
}

class TradeBlocksTest : public ::testing::Test {
  protected:
    const testing::TempDir folder_;
    testing::ManualClock clock_;
};

// Rows taken away behind the engine's back are still in the answer.
TEST_F(TradeBlocksTest, AreReadInPlaceOfRows) {
    const std::filesystem::path path = folder_ / "store";
    auto engine = MustOpen(path, clock_);
    Append(*engine, Consecutive(0, 100));
    EXPECT_EQ(KeepUp(*engine).packed_trades, 96u);
    const auto before = ByBlocks(*engine);
    ASSERT_EQ(before.size(), 100u);
    const SeriesId series = *engine->Find(kTrades);
    const std::string victim = Rows(*engine, kTrades)[50].key;
    engine.reset();
    {
        rocksdb::DB* db = nullptr;
        ASSERT_TRUE(rocksdb::DB::Open({}, path.string(), &db).ok());
        const std::unique_ptr<rocksdb::DB> owner(db);
        std::string key;
        layout::EventKey(series, victim, key);
        ASSERT_TRUE(db->Delete({}, key).ok());
    }
    engine = MustOpen(path, clock_);
    EXPECT_EQ(ByRows(*engine).size(), 99u);
    EXPECT_EQ(ByBlocks(*engine), before);
}

TEST_F(TradeBlocksTest, WaitUntilTheirTradesAreOldEnough) {
    RocksConfig config;
    config.path = folder_ / "store";
    config.min_free_bytes = 0;
    config.pack_after = std::chrono::seconds(60);
    config.pack_rows = 8;
    const auto engine = OpenRocksEngine(config, clock_).value();
    std::vector<TestEvent> events;
    for (int i = 0; i < 20; ++i) {
        events.push_back(TestTrade(clock_.Now() - 100, static_cast<uint64_t>(i), 100, i));
    }
    Append(*engine, events);
    EXPECT_EQ(KeepUp(*engine).packed_trades, 0u);
    clock_.Advance(std::chrono::seconds(61));
    EXPECT_EQ(KeepUp(*engine).packed_trades, 16u);
}

TEST_F(TradeBlocksTest, GoWhereTheirTradesChangeAndComeBack) {
    const auto engine = MustOpen(folder_ / "store", clock_);
    Append(*engine, Consecutive(0, 100));
    KeepUp(*engine);
    // Late, a repeat seen earlier, a deletion.
    Append(*engine, {TestTrade(305, 9000)});
    Append(*engine, {TestTrade(500, 50, 101, 1)});
    EXPECT_EQ(DeleteAll(*engine, kTrades, {700, 720}), 2u);
    EXPECT_EQ(ByBlocks(*engine), ByRows(*engine));
    const UpkeepStep again = KeepUp(*engine);
    EXPECT_EQ(again.dropped_blocks, 3u);
    EXPECT_GE(again.packed_trades, 20u);
    EXPECT_EQ(ByBlocks(*engine), ByRows(*engine));
    EXPECT_EQ(KeepUp(*engine).packed_trades, 0u);
}

TEST_F(TradeBlocksTest, OfWhatExpiredNothingStays) {
    const auto engine = MustOpen(folder_ / "store", clock_);
    Append(*engine, Consecutive(0, 100));
    KeepUp(*engine);
    ExpireAll(*engine, kTrades, 605);
    EXPECT_EQ(ByBlocks(*engine), ByRows(*engine));
    EXPECT_EQ(ByBlocks(*engine).size(), 40u);
    KeepUp(*engine);
    EXPECT_EQ(ByBlocks(*engine), ByRows(*engine));
}

// Histories of every kind of trade, in and out of order.
class AnyHistory {
  public:
    explicit AnyHistory(uint64_t seed) : random_(seed) {}

    TestEvent AnyTrade() {
        model::Event event;
        event.order_ts = Below(300) * 10;
        event.received_ts = event.order_ts + Below(50);
        if (Below(30) != 0) event.exchange_ts = event.order_ts - Below(3);
        model::Trade trade;
        trade.price = Decimal::Make(1 + Below(100'000), static_cast<int>(Below(4)));
        trade.quantity = Decimal::Make(1 + Below(1'000'000), static_cast<int>(Below(9)));
        if (Below(200) == 0) trade.quantity = Decimal::Make(INT64_MAX, 18);
        text_ = "t-" + std::to_string(Below(1000));
        if (Below(20) == 0) {
            trade.trade_id.text = text_;
        } else {
            trade.trade_id.number = static_cast<uint64_t>(event.order_ts + Below(5));
        }
        if (Below(3) == 0) trade.sequence = static_cast<uint64_t>(Below(1000));
        if (Below(20) == 0) trade.id_space = model::TradeIdSpace::kAggregate;
        trade.side = Below(2) == 0 ? model::Side::kBuy : model::Side::kSell;
        event.body = trade;
        return Encoded(kTrades, event);
    }
    std::vector<TestEvent> AnyBatch() {
        std::vector<TestEvent> batch;
        for (auto n = Below(60); n >= 0; --n) batch.push_back(AnyTrade());
        return batch;
    }
    model::Interval AnyInterval(Nanos longest) {
        const Nanos from = Below(3000);
        return {from, from + Below(static_cast<uint64_t>(longest))};
    }
    pb::QueryEventsRequest AnyQuestion() {
        pb::QueryEventsRequest request;
        wire::ToProto(kTrades, *request.mutable_series());
        request.set_layout(pb::LAYOUT_COLUMNS);
        if (Below(4) != 0) request.set_start(Below(3000));
        if (Below(2) != 0) request.set_end(request.start() + Below(2000));
        if (Below(2) != 0) request.set_limit(static_cast<uint32_t>(Below(100)));
        request.set_chunk_rows(static_cast<uint32_t>(Below(40)));
        if (Below(4) == 0) request.set_max_bytes(static_cast<uint64_t>(Below(5000)) + 1);
        return request;
    }
    // One change of a store, the same for each of them.
    void Change(const std::vector<Engine*>& stores) {
        const auto choice = Below(12);
        const model::Interval interval = AnyInterval(choice == 0 ? 400 : 3000);
        const std::vector<TestEvent> batch = AnyBatch();
        for (Engine* const store : stores) {
            if (choice == 0) {
                DeleteAll(*store, kTrades, interval);
            } else if (choice == 1) {
                ExpireAll(*store, kTrades, interval.from / 4);
            } else if (choice == 2) {
                Claim(*store, {TestClaim{interval}});
            } else {
                Append(*store, batch);
            }
        }
    }

    int64_t Below(uint64_t bound) {
        return std::uniform_int_distribution<int64_t>(0, static_cast<int64_t>(bound) - 1)(random_);
    }

  private:
    std::mt19937_64 random_;
    std::string text_;
};

TEST_F(TradeBlocksTest, AnswersAreThoseOfRowsByteForByte) {
    uint64_t packed = 0, dropped = 0;
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const testing::TempDir folder;
        auto packing = MustOpen(folder / "packing", clock_);
        const auto plain = MustOpen(folder / "plain", clock_, false);
        AnyHistory history(seed);
        Append(*packing, {TestTrade(1, 1)});
        Append(*plain, {TestTrade(1, 1)});
        for (int step = 0; step < 40; ++step) {
            history.Change({packing.get(), plain.get()});
            if (history.Below(2) == 0) {
                const UpkeepStep done = KeepUp(*packing);
                packed += done.packed_trades;
                dropped += done.dropped_blocks;
            }
            if (history.Below(10) == 0) {
                packing.reset();
                packing = MustOpen(folder / "packing", clock_);
            }
            for (int question = 0; question < 5; ++question) {
                pb::QueryEventsRequest request = history.AnyQuestion();
                for (int page = 0; page < 4; ++page) {
                    const auto chunks = Chunks({*packing, clock_}, request);
                    ASSERT_EQ(chunks, Chunks({*plain, clock_}, request))
                        << "step " << step << " " << request.ShortDebugString();
                    pb::EventChunk last;
                    ASSERT_TRUE(last.ParseFromString(chunks.back()));
                    if (last.next_cursor().empty()) break;
                    request.set_cursor(last.next_cursor());
                }
            }
        }
    }
    EXPECT_GT(packed, 1000u);
    EXPECT_GT(dropped, 100u);
}

// A crash leaves a beginning of the log, whatever its length.
TEST_F(TradeBlocksTest, AreThoseOfTheRowsBehindACrashAtAnyMoment) {
    AnyHistory history(77);
    auto engine = MustOpen(folder_ / "store", clock_);
    Append(*engine, {TestTrade(1, 1)});
    for (int step = 0; step < 60; ++step) {
        history.Change({engine.get()});
        KeepUp(*engine);
    }
    namespace fs = std::filesystem;
    fs::copy(folder_ / "store", folder_ / "image", fs::copy_options::recursive);
    engine.reset();
    fs::path log;
    for (const auto& file : fs::directory_iterator(folder_ / "image")) {
        if (file.path().extension() == ".log" && file.path() > log) log = file.path();
    }
    const auto whole = static_cast<uint64_t>(fs::file_size(log));
    ASSERT_GT(whole, 10'000u);
    uint64_t packed = 0;
    for (int crash = 0; crash < 60; ++crash) {
        SCOPED_TRACE(crash);
        const fs::path copy = folder_ / "crashed";
        fs::remove_all(copy);
        fs::copy(folder_ / "image", copy, fs::copy_options::recursive);
        fs::resize_file(copy / log.filename(), static_cast<uint64_t>(history.Below(whole)));
        const auto crashed = MustOpen(copy, clock_);
        ASSERT_EQ(ByBlocks(*crashed), ByRows(*crashed));
        packed += KeepUp(*crashed).packed_trades;
        ASSERT_EQ(ByBlocks(*crashed), ByRows(*crashed));
    }
    EXPECT_GT(packed, 0u);
}

TEST_F(TradeBlocksTest, ArePackedWhileLateTradesArriveAndOthersGo) {
    const auto engine = MustOpen(folder_ / "store", clock_);
    AnyHistory history(5);
    Append(*engine, {TestTrade(1, 1)});
    std::atomic<bool> over{false};
    std::thread packer([&] {
        while (!over) ASSERT_TRUE(engine->Upkeep().ok());
    });
    std::thread reader([&] {
        while (!over) ByBlocks(*engine);
    });
    for (int step = 0; step < 300; ++step) history.Change({engine.get()});
    over = true;
    packer.join();
    reader.join();
    EXPECT_EQ(ByBlocks(*engine), ByRows(*engine));
    KeepUp(*engine);
    EXPECT_EQ(ByBlocks(*engine), ByRows(*engine));
}

TEST_F(TradeBlocksTest, ADamagedBlockIsDataLoss) {
    const std::filesystem::path path = folder_ / "store";
    auto engine = MustOpen(path, clock_);
    Append(*engine, Consecutive(0, 20));
    KeepUp(*engine);
    const SeriesId series = *engine->Find(kTrades);
    const std::string first = Rows(*engine, kTrades)[0].key;
    engine.reset();
    {
        rocksdb::DB* db = nullptr;
        ASSERT_TRUE(rocksdb::DB::Open({}, path.string(), &db).ok());
        const std::unique_ptr<rocksdb::DB> owner(db);
        std::string key;
        layout::BlockKey(series, first, key);
        ASSERT_TRUE(db->Put({}, key, "x").ok());
    }
    engine = MustOpen(path, clock_);
    const auto rows = engine->ScanTrades(series, {}).value();
    while (rows->Next()) {
    }
    EXPECT_EQ(rows->status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace mp::storage
