#include "storage/engines/rocksdb/rocks_engine.hpp"

#include <filesystem>
#include <rocksdb/convenience.h>
#include <rocksdb/transaction_log.h>
#include <utility>

#include "base/big_endian.hpp"
#include "storage/engines/records.hpp"
#include "storage/engines/rocksdb/cursor.hpp"
#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/status.hpp"
#include "storage/engines/rocksdb/trade_cursor.hpp"

namespace mp::storage {
namespace {

// Calls `row(key behind the prefix, value)` for every row whose key begins with `prefix`.
template <typename Row>
Status ForEachRow(rocksdb::DB& db, const std::string& prefix, Row row) {
    const std::string end = layout::EndOf(prefix);
    const rocksdb::Slice upper = end;
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> rows(db.NewIterator(options));
    for (rows->Seek(prefix); rows->Valid(); rows->Next()) {
        const std::string_view key(rows->key().data(), rows->key().size());
        MP_RETURN_IF_ERROR(row(key.substr(prefix.size()), rows->value().ToStringView()));
    }
    return FromRocks(rows->status(), "reading");
}

Result<std::optional<std::string>> GetRow(rocksdb::DB& db, const std::string& key) {
    std::string value;
    const rocksdb::Status found = db.Get({}, key, &value);
    if (found.IsNotFound()) return std::optional<std::string>();
    if (!found.ok()) return FromRocks(found, "reading");
    return std::optional<std::string>(std::move(value));
}

}  // namespace

RocksEngine::RocksEngine(
    RocksConfig config, std::unique_ptr<rocksdb::DB> db, std::string recovery, const Clock& clock
)
    : config_(std::move(config)),
      db_(std::move(db)),
      recovery_(std::move(recovery)),
      clock_(clock),
      blocks_(*db_, clock_),
      ledger_(*this),
      appender_(*db_, table_, blocks_, ledger_, clock_) {}

RocksEngine::~RocksEngine() {
    // Nothing more is to be written: what is committed is in the log.
    rocksdb::CancelAllBackgroundWork(db_.get(), true);
}

Status RocksEngine::Load() {
    const MutexLock lock(write_);
    MP_RETURN_IF_ERROR(ForEachRow(
        *db_,
        layout::KindPrefix(layout::Kind::kDictionary),
        [this](std::string_view id, std::string_view value) -> Status {
            Result<model::Series> series = records::DecodeSeries(value);
            if (!series.ok()) return series.status();
            const SeriesId number = ReadBigEndian32(id);
            const auto row = GetRow(*db_, layout::SeriesKey(layout::Kind::kCounters, number));
            if (!row.ok()) return row.status();
            Result<records::Counters> counters = records::Counters{};
            if (row->has_value()) counters = records::DecodeCounters(**row);
            if (!counters.ok()) return counters.status();
            table_.Load(number, *std::move(series), *counters);
            return OkStatus();
        }
    ));
    const auto losses = GetRow(*db_, layout::MetaKey("losses"));
    if (!losses.ok()) return losses.status();
    if (!losses->has_value()) return OkStatus();
    auto texts = records::DecodeTexts(**losses);
    if (!texts.ok()) return texts.status();
    losses_ = *std::move(texts);
    return OkStatus();
}

Result<AppendOutcome> RocksEngine::Append(const AppendBatch& batch) {
    const MutexLock lock(write_);
    Status ready = CheckSpace();
    if (ready.ok()) ready = Recover();
    Result<AppendOutcome> outcome = ready.ok() ? appender_.Append(batch, losses_) : ready;
    failed_ = !outcome.ok();
    NoteHealth(outcome.status());
    return outcome;
}

Status RocksEngine::DeclareLoss(std::string_view reason) {
    const MutexLock lock(write_);
    std::vector<std::string> losses = losses_;
    losses.emplace_back(reason);
    rocksdb::WriteOptions options;
    options.sync = true;
    MP_RETURN_IF_ERROR(FromRocks(
        db_->Put(options, layout::MetaKey("losses"), records::EncodeTexts(losses)),
        "recording a loss"
    ));
    losses_ = std::move(losses);
    return OkStatus();
}

// A full disk is met with room to spare: RocksDB itself must not fail in the middle of a
// compaction.
Status RocksEngine::CheckSpace() const {
    std::error_code error;
    const auto space = std::filesystem::space(config_.path, error);
    if (error || space.available >= config_.min_free_bytes) return OkStatus();
    return absl::ResourceExhaustedError(
        "disk full: " + std::to_string(space.available >> 20) + " MiB left, " +
        std::to_string(config_.min_free_bytes >> 20) + " MiB are kept free"
    );
}

// After a failed write RocksDB stays read-only until the cause is gone. It looks for space by
// itself every few seconds, and is busy then; after other failures it must be told to try again.
// Told so while the disk is still full it may give up for good, so a file is written first.
Status RocksEngine::Recover() {
    if (!failed_) return OkStatus();
    MP_RETURN_IF_ERROR(ProbeDisk());
    const rocksdb::Status resumed = db_->Resume();
    if (resumed.IsBusy()) return Health();
    if (resumed.severity() >= rocksdb::Status::Severity::kFatalError) {
        return FromRocks(resumed, "the store takes nothing more until storage is restarted");
    }
    return FromRocks(resumed, "resuming after a failure");
}

Status RocksEngine::ProbeDisk() const {
    constexpr size_t kProbeBytes = 1u << 20;
    const std::string path = (config_.path / "probe").string();
    rocksdb::Env& env = *db_->GetEnv();
    const rocksdb::Status written =
        rocksdb::WriteStringToFile(&env, std::string(kProbeBytes, '\0'), path, true);
    env.DeleteFile(path).PermitUncheckedError();
    return FromRocks(written, "trying whether the disk takes data again");
}

void RocksEngine::NoteHealth(const Status& status) {
    const MutexLock lock(health_mutex_);
    health_ = status;
}

Status RocksEngine::Health() const {
    const MutexLock lock(health_mutex_);
    return health_;
}

std::vector<SeriesEntry> RocksEngine::ListSeries() const {
    std::vector<SeriesEntry> entries;
    for (const SeriesState* state : table_.All()) {
        entries.push_back(
            {state->id, state->series, state->events, state->duplicates, state->conflicts}
        );
    }
    return entries;
}

Result<std::unique_ptr<Cursor>> RocksEngine::Scan(SeriesId series, const ScanRange& range) const {
    const SeriesState* const state = table_.At(series);
    if (state != nullptr && state->series.data_type == model::DataType::kTrade) {
        return std::unique_ptr<Cursor>(std::make_unique<TradeEventCursor>(*db_, series, range));
    }
    return std::unique_ptr<Cursor>(std::make_unique<RocksCursor>(*db_, series, range));
}

Result<std::unique_ptr<TradeCursor>> RocksEngine::ScanTrades(
    SeriesId series, const ScanRange& range
) const {
    return std::unique_ptr<TradeCursor>(std::make_unique<RocksTradeCursor>(*db_, series, range));
}

Result<std::optional<StreamPosition>> RocksEngine::Position() const {
    const auto row = GetRow(*db_, layout::MetaKey("position"));
    if (!row.ok()) return row.status();
    if (!row->has_value()) return std::optional<StreamPosition>();
    Result<StreamPosition> position = records::DecodePosition(**row);
    if (!position.ok()) return position.status();
    return std::optional<StreamPosition>(*std::move(position));
}

Result<std::vector<Note>> RocksEngine::Notes() const {
    std::vector<Note> notes;
    MP_RETURN_IF_ERROR(ForEachRow(
        *db_,
        layout::KindPrefix(layout::Kind::kNote),
        [&notes](std::string_view key, std::string_view value) {
            notes.push_back({std::string(key), std::string(value)});
            return OkStatus();
        }
    ));
    return notes;
}

Result<EngineStatistics> RocksEngine::Statistics() const {
    EngineStatistics statistics;
    for (const SeriesState* state : table_.All()) {
        statistics.events += state->events;
        ++statistics.series;
    }
    uint64_t tables = 0;
    db_->GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &tables);
    rocksdb::VectorLogPtr logs;
    uint64_t log_bytes = 0;
    if (db_->GetSortedWalFiles(logs).ok()) {
        for (const auto& log : logs) log_bytes += log->SizeFileBytes();
    }
    statistics.bytes_on_disk = tables + log_bytes;
    std::error_code error;
    const auto space = std::filesystem::space(config_.path, error);
    if (!error) statistics.disk_free_bytes = space.available;
    uint64_t blocks = 0, buffers = 0;
    db_->GetIntProperty(rocksdb::DB::Properties::kBlockCacheUsage, &blocks);
    db_->GetIntProperty(rocksdb::DB::Properties::kSizeAllMemTables, &buffers);
    statistics.cache_bytes = blocks + buffers;
    return statistics;
}

Result<std::optional<std::string>> RocksEngine::Get(SeriesId series, std::string_view key) const {
    std::string full;
    layout::EventKey(series, key, full);
    return GetRow(*db_, full);
}

Result<std::vector<std::string>> RocksEngine::All(SeriesId series) const {
    std::vector<std::string> events;
    RocksCursor rows(*db_, series, {});
    while (rows.Next()) events.emplace_back(rows.event());
    MP_RETURN_IF_ERROR(rows.status());
    return events;
}

}  // namespace mp::storage
