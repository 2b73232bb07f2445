#pragma once
// The embedded engine: one RocksDB in one folder, laid out as layout.hpp says. One fsync a commit;
// readers go beside the writer on RocksDB's own snapshots.

#include <memory>
#include <optional>
#include <rocksdb/db.h>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.hpp"
#include "storage/engine.hpp"
#include "storage/engines/coverage_ledger.hpp"
#include "storage/engines/rocksdb/appender.hpp"
#include "storage/engines/rocksdb/open.hpp"
#include "storage/engines/rocksdb/series_table.hpp"
#include "storage/engines/rocksdb/trade_block.hpp"
#include "storage/engines/rocksdb/trade_blocks.hpp"

namespace mp::storage {

class RocksEngine final : public Engine, private CoverageRows {
  public:
    // `db` is open and of the current schema.
    RocksEngine(
        RocksConfig config,
        std::unique_ptr<rocksdb::DB> db,
        std::string recovery,
        const Clock& clock
    );
    ~RocksEngine() override;

    // Reads series and losses into memory; before anything else.
    Status Load() ABSL_LOCKS_EXCLUDED(write_);

    std::string_view name() const override { return "rocksdb"; }
    SeriesId Intern(const model::Series& series) override { return table_.Intern(series).id; }
    Result<AppendOutcome> Append(const AppendBatch& batch) override ABSL_LOCKS_EXCLUDED(write_);
    Status DeclareLoss(std::string_view reason) override ABSL_LOCKS_EXCLUDED(write_);
    std::optional<SeriesId> Find(const model::Series& series) const override {
        return table_.Find(series);
    }
    std::vector<SeriesEntry> ListSeries() const override;
    Result<std::unique_ptr<Cursor>> Scan(SeriesId series, const ScanRange& range) const override;
    Result<std::unique_ptr<TradeCursor>> ScanTrades(SeriesId series, const ScanRange& range)
        const override;
    Result<DeletionSlice> DeleteRange(
        SeriesId series, model::Interval time, std::string_view resume
    ) override ABSL_LOCKS_EXCLUDED(write_);
    Result<DeletionSlice> Expire(SeriesId series, Nanos received_before, std::string_view resume)
        override ABSL_LOCKS_EXCLUDED(write_);
    Result<std::optional<StreamPosition>> Position() const override;
    Result<std::vector<Note>> Notes() const override;
    Result<EngineStatistics> Statistics() const override;
    Tally TallyOf(SeriesId series) const override { return table_.TallyOf(series); }
    Result<BackupReport> Backup(const BackupOrder& order, const OnBackupProgress& on_progress)
        override;
    Result<UpkeepStep> Upkeep() override ABSL_LOCKS_EXCLUDED(packing_mutex_, write_);
    Status Health() const override ABSL_LOCKS_EXCLUDED(health_mutex_);
    std::string_view recovery() const override { return recovery_; }

  private:
    // Which rows of a scan a deletion takes.
    struct Doomed {
        model::Interval time;
        std::optional<Nanos> received_before;
        std::string_view reason;
    };

    // What one step of upkeep may read, and what is old enough for it.
    struct Budget {
        size_t rows = 0;
        Nanos newest = 0;
    };
    // From where on trades wait to be packed, and when there may be enough of them.
    struct Tail {
        std::string from;
        uint64_t not_before_appended = 0;
        Nanos not_before = INT64_MIN;  // of Budget::newest
    };

    Result<std::optional<std::string>> Get(SeriesId series, std::string_view key) const override;
    Result<std::vector<std::string>> All(SeriesId series) const override;

    Status CheckSpace() const;
    Status Recover() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    Status ProbeDisk() const;
    void NoteHealth(const Status& status) ABSL_LOCKS_EXCLUDED(health_mutex_);
    Result<DeletionSlice> DeleteSlice(
        SeriesId series, const Doomed& doomed, std::string_view resume
    ) ABSL_LOCKS_EXCLUDED(write_);
    Status DeleteRows(
        SeriesState& state,
        const Doomed& doomed,
        std::string_view resume,
        DeletionSlice& slice,
        std::vector<model::Interval>& runs,
        rocksdb::WriteBatch& writes
    ) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    Result<model::Interval> Held(const SeriesState& state, SeriesId coverage) const
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    Status PackTail(SeriesState& state, Budget& budget, UpkeepStep& step)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(packing_mutex_) ABSL_LOCKS_EXCLUDED(write_);
    Status FillHoles(Budget& budget, UpkeepStep& step) ABSL_EXCLUSIVE_LOCKS_REQUIRED(packing_mutex_)
        ABSL_LOCKS_EXCLUDED(write_);
    Status FillHole(SeriesState& state, Stretch& hole, Budget& budget, UpkeepStep& step)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(packing_mutex_) ABSL_LOCKS_EXCLUDED(write_);
    Status Pack(SeriesState& state, Tail& place, Stretch* hole, Budget& budget, UpkeepStep& step)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(packing_mutex_) ABSL_LOCKS_EXCLUDED(write_);
    Result<bool> PutBlock(
        SeriesState& state,
        const Stretch& stretch,
        TradeBlockWriter& block,
        const EventRows& rows,
        Stretch* hole,
        UpkeepStep& step
    ) ABSL_LOCKS_EXCLUDED(write_);

    const RocksConfig config_;
    const std::unique_ptr<rocksdb::DB> db_;
    const std::string recovery_;
    const Clock& clock_;
    SeriesTable table_;

    Mutex packing_mutex_;
    std::unordered_map<SeriesId, Tail> tails_ ABSL_GUARDED_BY(packing_mutex_);
    size_t next_packed_ ABSL_GUARDED_BY(packing_mutex_) = 0;

    Mutex write_ ABSL_ACQUIRED_AFTER(packing_mutex_);
    TradeBlocks blocks_ ABSL_GUARDED_BY(write_);
    CoverageLedger ledger_ ABSL_GUARDED_BY(write_);
    Appender appender_ ABSL_GUARDED_BY(write_);
    std::vector<std::string> losses_ ABSL_GUARDED_BY(write_);
    bool failed_ ABSL_GUARDED_BY(write_) = false;

    mutable Mutex health_mutex_;
    Status health_ ABSL_GUARDED_BY(health_mutex_);
};

}  // namespace mp::storage
