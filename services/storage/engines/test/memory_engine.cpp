#include "storage/engines/test/memory_engine.hpp"

#include <algorithm>
#include <utility>

#include "base/big_endian.hpp"
#include "storage/engines/same_event.hpp"

namespace mp::storage {
namespace {

// A copy of the rows that a scan asked for.
class CopiedRows final : public Cursor {
  public:
    explicit CopiedRows(std::vector<std::pair<std::string, std::string>> rows)
        : rows_(std::move(rows)) {}

    bool Next() override { return ++next_ <= rows_.size(); }
    Status status() const override { return OkStatus(); }
    std::string_view key() const override { return rows_[next_ - 1].first; }
    std::string_view event() const override { return rows_[next_ - 1].second; }

  private:
    std::vector<std::pair<std::string, std::string>> rows_;
    size_t next_ = 0;
};

}  // namespace

SeriesId MemoryEngine::InternLocked(const model::Series& series) {
    for (const auto& [id, data] : series_) {
        if (data.entry.series == series) return id;
    }
    const SeriesId id = static_cast<SeriesId>(series_.size() + 1);
    series_[id].entry.id = id;
    series_[id].entry.series = series;
    return id;
}

SeriesId MemoryEngine::Intern(const model::Series& series) {
    const MutexLock lock(mutex_);
    return InternLocked(series);
}

Result<AppendOutcome> MemoryEngine::Append(const AppendBatch& batch) {
    const MutexLock lock(mutex_);
    AppendOutcome outcome;
    RowChanges rows;
    for (const AppendBatch::Entry& entry : batch.entries()) {
        MP_RETURN_IF_ERROR(ResolveLoss(series_[entry.series], Behind(entry.order_ts), rows));
        outcome.events.push_back(Add(batch, entry));
    }
    for (const AppendBatch::Claim& claim : batch.claims()) {
        SeriesData& subject = series_[claim.subject];
        if (claim.coverage.state == model::CoverageState::kComplete) {
            MP_RETURN_IF_ERROR(ResolveLoss(subject, claim.coverage.to_ts, rows));
        }
        const Result<bool> news = ledger_.Add(claim, subject.trusted_from, rows);
        if (!news.ok()) return news.status();
        outcome.claims.push_back(*news ? Verdict::kStored : Verdict::kDuplicate);
        Tally& tally = series_[claim.series].tally;
        ++(*news ? tally.stored : tally.duplicates);
    }
    Apply(rows);
    if (batch.position()) position_ = batch.position();
    for (const Note& note : batch.notes()) {
        notes_.erase(note.key);
        if (!note.value.empty()) notes_[note.key] = note.value;
    }
    return outcome;
}

Verdict MemoryEngine::Add(const AppendBatch& batch, const AppendBatch::Entry& entry) {
    SeriesData& data = series_[entry.series];
    std::string key(batch.KeyOf(entry));
    const std::string identity(batch.IdentityOf(entry));
    const auto indexed = data.keys.find(identity);
    const auto standing =
        data.rows.find(entry.by_identity && indexed != data.keys.end() ? indexed->second : key);
    const bool repeat = standing != data.rows.end();
    if (repeat) {
        if (Contradict(entry.event, standing->second.event)) {
            ++data.entry.conflicts;
            ++data.tally.conflicts;
            return Verdict::kConflict;
        }
        ++data.entry.duplicates;
        ++data.tally.duplicates;
        if (entry.received_ts >= standing->second.received_ts) return Verdict::kDuplicate;
        data.rows.erase(standing);
    } else {
        ++data.entry.events;
        ++data.tally.stored;
    }
    if (entry.by_identity) data.keys[identity] = key;
    data.rows[std::move(key)] = {std::string(entry.event), entry.received_ts};
    return repeat ? Verdict::kDuplicate : Verdict::kStored;
}

Status MemoryEngine::ResolveLoss(SeriesData& data, Nanos until, RowChanges& rows) {
    if (data.losses_seen == losses_.size()) return OkStatus();
    const model::Series series = data.entry.series;
    const SeriesId coverage = InternLocked({series.instrument, model::DataType::kCoverage});
    data.losses_seen = losses_.size();
    data.trusted_from = std::max(data.trusted_from, until);
    return ledger_.RecordLoss(
        coverage, series.data_type, until, losses_.back(), clock_.Now(), rows
    );
}

void MemoryEngine::Apply(const RowChanges& rows) {
    for (const auto& [place, event] : rows) {
        auto& stored = series_[place.first].rows;
        stored.erase(place.second);
        if (event) stored[place.second] = {*event, 0};
    }
}

Status MemoryEngine::DeclareLoss(std::string_view reason) {
    const MutexLock lock(mutex_);
    losses_.emplace_back(reason);
    return OkStatus();
}

std::optional<SeriesId> MemoryEngine::Find(const model::Series& series) const {
    const MutexLock lock(mutex_);
    for (const auto& [id, data] : series_) {
        if (data.entry.series == series) return id;
    }
    return std::nullopt;
}

std::vector<SeriesEntry> MemoryEngine::ListSeries() const {
    const MutexLock lock(mutex_);
    std::vector<SeriesEntry> entries;
    for (const auto& [id, data] : series_) entries.push_back(data.entry);
    return entries;
}

Result<std::unique_ptr<Cursor>> MemoryEngine::Scan(SeriesId series, const ScanRange& range) const {
    const MutexLock lock(mutex_);
    std::vector<std::pair<std::string, std::string>> found;
    const auto data = series_.find(series);
    if (data != series_.end()) {
        for (const auto& [key, row] : data->second.rows) {
            const Nanos time = ReadSortable(key);
            const bool last_instant = range.time.to == INT64_MAX && time == INT64_MAX;
            if (!range.time.Contains(time) && !last_instant) continue;
            found.emplace_back(key, row.event);
        }
    }
    if (range.direction == Direction::kBackward) std::reverse(found.begin(), found.end());
    if (!range.after.empty()) {
        std::erase_if(found, [&](const auto& row) {
            return range.direction == Direction::kForward ? row.first <= range.after
                                                          : row.first >= range.after;
        });
    }
    return std::unique_ptr<Cursor>(std::make_unique<CopiedRows>(std::move(found)));
}

void MemoryEngine::Erase(SeriesData& data, std::map<std::string, Row>::iterator row) {
    const std::string identity = row->first.substr(AppendBatch::kIdentityOffset);
    const auto indexed = data.keys.find(identity);
    if (indexed != data.keys.end() && indexed->second == row->first) data.keys.erase(indexed);
    data.rows.erase(row);
    --data.entry.events;
}

Result<DeletionSlice> MemoryEngine::DeleteRange(
    SeriesId series, model::Interval time, std::string_view
) {
    const MutexLock lock(mutex_);
    SeriesData& data = series_[series];
    const SeriesId coverage =
        InternLocked({data.entry.series.instrument, model::DataType::kCoverage});
    const auto claimed = ledger_.Claimed(coverage, data.entry.series.data_type);
    if (!claimed.ok()) return claimed.status();
    model::Interval held = claimed->value_or(model::Interval{});
    for (const auto& [key, row] : data.rows) {
        const Nanos at = ReadSortable(key);
        if (held.empty()) held = {at, at + 1};
        held = {std::min(held.from, at), std::max(held.to, at + 1)};
    }
    DeletionSlice slice;
    for (auto row = data.rows.begin(); row != data.rows.end();) {
        const auto next = std::next(row);
        if (time.Contains(ReadSortable(row->first))) {
            Erase(data, row);
            ++slice.events;
        }
        row = next;
    }
    RowChanges rows;
    MP_RETURN_IF_ERROR(ledger_.Withdraw(
        coverage,
        data.entry.series.data_type,
        model::Intersect(time, held),
        "deleted",
        clock_.Now(),
        rows
    ));
    Apply(rows);
    return slice;
}

Result<DeletionSlice> MemoryEngine::Expire(
    SeriesId series, Nanos received_before, std::string_view
) {
    const MutexLock lock(mutex_);
    SeriesData& data = series_[series];
    std::vector<model::Interval> runs;
    bool joined = false;
    DeletionSlice slice;
    for (auto row = data.rows.begin(); row != data.rows.end();) {
        const auto next = std::next(row);
        const Nanos at = ReadSortable(row->first);
        const bool doomed = row->second.received_ts < received_before;
        if (doomed) {
            if (!joined) runs.push_back({at, at + 1});
            runs.back().to = at + 1;
            Erase(data, row);
            ++slice.events;
        }
        joined = doomed;
        row = next;
    }
    RowChanges rows;
    const SeriesId coverage =
        InternLocked({data.entry.series.instrument, model::DataType::kCoverage});
    for (const model::Interval& run : runs) {
        MP_RETURN_IF_ERROR(ledger_.Withdraw(
            coverage, data.entry.series.data_type, run, "retention", clock_.Now(), rows
        ));
    }
    Apply(rows);
    return slice;
}

Result<std::optional<StreamPosition>> MemoryEngine::Position() const {
    const MutexLock lock(mutex_);
    return position_;
}

Result<std::vector<Note>> MemoryEngine::Notes() const {
    const MutexLock lock(mutex_);
    std::vector<Note> notes;
    for (const auto& [key, value] : notes_) notes.push_back({key, value});
    return notes;
}

Result<EngineStatistics> MemoryEngine::Statistics() const {
    const MutexLock lock(mutex_);
    EngineStatistics statistics;
    for (const auto& [id, data] : series_) statistics.events += data.entry.events;
    statistics.series = series_.size();
    return statistics;
}

Tally MemoryEngine::TallyOf(SeriesId series) const {
    const MutexLock lock(mutex_);
    const auto data = series_.find(series);
    return data == series_.end() ? Tally{} : data->second.tally;
}

Result<std::optional<std::string>> MemoryEngine::Get(SeriesId series, std::string_view key) const {
    const auto data = series_.find(series);
    if (data == series_.end()) return std::optional<std::string>();
    const auto row = data->second.rows.find(std::string(key));
    if (row == data->second.rows.end()) return std::optional<std::string>();
    return std::optional<std::string>(row->second.event);
}

Result<std::vector<std::string>> MemoryEngine::All(SeriesId series) const {
    std::vector<std::string> events;
    const auto data = series_.find(series);
    if (data == series_.end()) return events;
    for (const auto& [key, row] : data->second.rows) events.push_back(row.event);
    return events;
}

}  // namespace mp::storage
