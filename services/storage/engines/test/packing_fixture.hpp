#pragma once
// Test only: RocksDB engines that pack at once, and what they tell.

#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <rocksdb/db.h>
#include <string>
#include <vector>

#include "storage/decoded_trades.hpp"
#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/open.hpp"
#include "storage/engines/test/engine_fixture.hpp"

namespace mp::storage {

inline const model::Series kPacked = TestSeries(model::DataType::kTrade);

inline std::unique_ptr<Engine> OpenPacking(
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
inline UpkeepStep KeepUp(Engine& engine) {
    UpkeepStep all;
    for (bool more = true; more;) {
        const Result<UpkeepStep> step = engine.Upkeep();
        EXPECT_TRUE(step.ok()) << step.status();
        if (!step.ok()) break;
        all.packed_trades += step->packed_trades;
        all.unpacked_blocks += step->unpacked_blocks;
        more = step->more;
    }
    return all;
}

inline std::vector<TestEvent> Consecutive(int first, int last) {
    std::vector<TestEvent> events;
    for (int i = first; i < last; ++i) {
        events.push_back(TestTrade(i * 10, static_cast<uint64_t>(i), 100 + i % 7));
    }
    return events;
}

inline std::vector<std::string> Told(TradeCursor& rows) {
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

// The trades by their events.
inline std::vector<std::string> ByEvents(const Engine& engine, const ScanRange& range = {}) {
    const std::optional<SeriesId> series = engine.Find(kPacked);
    if (!series) return {};
    return Told(*DecodeTrades(engine.Scan(*series, range).value()));
}

// The trades as columns tell of them.
inline std::vector<std::string> ByColumns(const Engine& engine, const ScanRange& range = {}) {
    const std::optional<SeriesId> series = engine.Find(kPacked);
    if (!series) return {};
    return Told(*engine.ScanTrades(*series, range).value());
}

// The store's keys, while no engine has it open.
class RawKeys {
  public:
    explicit RawKeys(const std::filesystem::path& path) {
        rocksdb::DB* db = nullptr;
        EXPECT_TRUE(rocksdb::DB::Open({}, path.string(), &db).ok());
        db_.reset(db);
    }

    rocksdb::DB& db() { return *db_; }
    std::vector<std::string> Rows(SeriesId series) const { return Behind(series); }
    std::vector<std::string> Blocks(SeriesId series) const {
        return Behind(series | layout::kBlockBit);
    }

  private:
    std::vector<std::string> Behind(uint32_t prefix) const {
        std::string first;
        layout::EventKey(prefix, "", first);
        std::vector<std::string> keys;
        const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator({}));
        for (rows->Seek(first); rows->Valid() && rows->key().starts_with(first); rows->Next()) {
            keys.push_back(rows->key().ToString());
        }
        return keys;
    }

    std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace mp::storage
