#pragma once
// The engine that the others are compared with: maps, one event at a time, no shortcuts. For tests.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.hpp"
#include "storage/engine.hpp"
#include "storage/engines/coverage_ledger.hpp"

namespace mp::storage {

class MemoryEngine final : public Engine, private CoverageRows {
  public:
    explicit MemoryEngine(const Clock& clock = DefaultClock()) : clock_(clock), ledger_(*this) {}

    std::string_view name() const override { return "memory"; }
    SeriesId Intern(const model::Series& series) override;
    Result<AppendOutcome> Append(const AppendBatch& batch) override;
    Status DeclareLoss(std::string_view reason) override;
    std::optional<SeriesId> Find(const model::Series& series) const override;
    std::vector<SeriesEntry> ListSeries() const override;
    Result<std::unique_ptr<Cursor>> Scan(SeriesId series, const ScanRange& range) const override;
    Result<DeletionSlice> DeleteRange(
        SeriesId series, model::Interval time, std::string_view resume
    ) override;
    Result<DeletionSlice> Expire(SeriesId series, Nanos received_before, std::string_view resume)
        override;
    Result<std::optional<StreamPosition>> Position() const override;
    Result<std::vector<Note>> Notes() const override;
    Result<EngineStatistics> Statistics() const override;
    Tally TallyOf(SeriesId series) const override;
    Status Health() const override { return OkStatus(); }
    std::string_view recovery() const override { return {}; }

  private:
    struct Row {
        std::string event;
        Nanos received_ts = 0;
    };
    struct SeriesData {
        SeriesEntry entry;
        Tally tally;
        std::map<std::string, Row> rows;
        std::map<std::string, std::string> keys;  // identity -> key, of events found by identity
        size_t losses_seen = 0;
        Nanos trusted_from = INT64_MIN;
    };

    SeriesId InternLocked(const model::Series& series) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    Verdict Add(const AppendBatch& batch, const AppendBatch::Entry& entry)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    Status ResolveLoss(SeriesData& data, Nanos until, RowChanges& rows)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    void Apply(const RowChanges& rows) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    void Erase(SeriesData& data, std::map<std::string, Row>::iterator row)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    Result<std::optional<std::string>> Get(SeriesId series, std::string_view key) const override
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    Result<std::vector<std::string>> All(SeriesId series) const override
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

    const Clock& clock_;
    mutable Mutex mutex_;
    CoverageLedger ledger_ ABSL_GUARDED_BY(mutex_);
    std::map<SeriesId, SeriesData> series_ ABSL_GUARDED_BY(mutex_);
    std::vector<std::string> losses_ ABSL_GUARDED_BY(mutex_);
    std::optional<StreamPosition> position_ ABSL_GUARDED_BY(mutex_);
    std::map<std::string, std::string> notes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mp::storage
