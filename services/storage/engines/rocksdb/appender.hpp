#pragma once
// Turns batches into RocksDB writes: what is new, what repeats, what contradicts. The writer's part
// of the engine; all calls under its write lock.

#include <optional>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/append_batch.hpp"
#include "storage/engine.hpp"
#include "storage/engines/coverage_ledger.hpp"
#include "storage/engines/records.hpp"
#include "storage/engines/rocksdb/series_table.hpp"
#include "storage/engines/rocksdb/trade_blocks.hpp"
#include "storage/engines/same_event.hpp"

namespace mp::storage {

class Appender {
  public:
    Appender(
        rocksdb::DB& db,
        SeriesTable& table,
        TradeBlocks& blocks,
        CoverageLedger& ledger,
        const Clock& clock
    )
        : db_(db), table_(table), blocks_(blocks), ledger_(ledger), clock_(clock) {}

    // Writes the batch with one fsync. `losses`: the reasons of all losses declared so far.
    Result<AppendOutcome> Append(const AppendBatch& batch, std::span<const std::string> losses);

  private:
    // A series that this batch touches, with what it will be once the batch is committed.
    struct Touched {
        SeriesState* state = nullptr;
        std::vector<uint32_t> entries;  // in order of arrival, later of key
        records::Counters next;
        uint64_t duplicates = 0;
        uint64_t conflicts = 0;
        uint64_t news = 0;  // claims that say something new
        uint64_t known_claims = 0;
    };

    void Begin(const AppendBatch& batch);
    Touched& TouchedOf(SeriesId id);
    Status ResolveLoss(
        Touched& touched, Nanos until, std::span<const std::string> losses, RowChanges& rows
    );
    Status AddEvents(const AppendBatch& batch, Touched& touched, AppendOutcome& outcome);
    Status AddGroup(
        const AppendBatch& batch,
        Touched& touched,
        std::span<const uint32_t> group,
        AppendOutcome& outcome
    );
    static void JudgeGroup(
        const AppendBatch& batch,
        Touched& touched,
        std::span<const uint32_t> group,
        std::optional<Standing>& standing,
        AppendOutcome& outcome
    );
    Status FindStanding(
        SeriesState& state,
        bool by_identity,
        std::string_view unique,
        std::optional<Standing>& standing
    );
    Result<bool> ReadEvent(SeriesState& state, bool by_identity);
    Status LoadHighs(SeriesState& state);
    Result<std::string> LastKey(SeriesId prefix, std::string_view from) const;
    Status AddClaims(
        const AppendBatch& batch,
        std::span<const std::string> losses,
        RowChanges& rows,
        AppendOutcome& outcome
    );
    void PutRows(const RowChanges& rows);
    void PutSeries();
    Status Commit();
    void Settle();

    rocksdb::DB& db_;
    SeriesTable& table_;
    TradeBlocks& blocks_;
    CoverageLedger& ledger_;
    const Clock& clock_;

    rocksdb::WriteBatch writes_;
    std::vector<Touched> touched_;  // the first touched_count_ are in use
    size_t touched_count_ = 0;
    std::vector<uint32_t> slot_of_;  // series id -> slot in touched_, 0: none, else 1 + slot
    std::string key_;
    std::string old_key_;
    std::string stored_;
    std::string stored_key_;
    std::string identity_;
};

}  // namespace mp::storage
