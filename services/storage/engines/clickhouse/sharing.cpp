// Sharing a store: the part of ClickHouseEngine that takes a lane over, gives it back, and follows
// what others write.

#include <algorithm>
#include <limits>
#include <utility>

#include "storage/engines/clickhouse/clickhouse_engine.hpp"
#include "storage/engines/clickhouse/text.hpp"
#include "storage/engines/records.hpp"

namespace mp::storage::clickhouse {
namespace {

// A day under change is read where it is changed, whatever replicas have.
constexpr uint64_t kNoReplicaHas = std::numeric_limits<uint64_t>::max();

}  // namespace

// Instruments change lanes with the number of them: there would be two writers of a series.
Status ClickHouseEngine::CheckLanes() const {
    const auto rows = cluster_.meta().primary().Rows(
        Concat("SELECT number FROM state WHERE kind = '", kind::kLane, "' LIMIT 1")
    );
    if (!rows.ok()) return rows.status();
    const std::string stored = rows->empty() ? "" : rows->front().front();
    if (stored.empty() || stored == Concat(lane().count())) return OkStatus();
    if (lane().whole()) {
        return absl::FailedPreconditionError(
            "several storages have shared this database: set clickhouse.shared"
        );
    }
    return absl::FailedPreconditionError(Concat(
        "this database is shared by ", stored, " lanes, the stream has ", lane().count(), " shards"
    ));
}

bool ClickHouseEngine::Holds(std::string_view instrument) const {
    if (lane().whole()) return true;
    const auto parsed = model::ParseInstrumentKey(std::string(instrument));
    return parsed && lane().Holds(*parsed);
}

// That writing fails is no matter of this instance any more.
void ClickHouseEngine::LeadNoMore() const {
    leading_ = false;
    const MutexLock lock(health_mutex_);
    writing_fails_ = false;
}

Status ClickHouseEngine::Aborted() const {
    LeadNoMore();
    Failed();
    return NoteHealth(absl::AbortedError("another instance has taken this lane over"));
}

Result<std::string> ClickHouseEngine::Unresigned() const {
    const MutexLock lock(write_);
    if (!connected_) MP_RETURN_IF_ERROR(NoteHealth(Connect()));
    const auto rows = cluster_.meta().primary().Rows(Concat(
        "SELECT value FROM state WHERE kind = '",
        kind::kLane,
        "' AND key = '",
        lane().Key(""),
        "' ORDER BY revision DESC LIMIT 1"
    ));
    if (!rows.ok()) return NoteHealth(rows.status());
    return rows->empty() || rows->front().empty() ? std::string() : rows->front().front();
}

Status ClickHouseEngine::Lead(std::string_view writer) {
    const MutexLock lock(write_);
    // Days that others dropped are known by that, and by nothing that is read back.
    if (current_) MP_RETURN_IF_ERROR(Follow());
    if (!connected_) MP_RETURN_IF_ERROR(NoteHealth(Connect()));
    const Result<uint64_t> stored = ReadRevision(cluster_.meta().primary(), lane());
    if (!stored.ok()) return NoteHealth(stored.status());
    revision_ = lane().NextEpoch(std::max(revision_, *stored));
    current_ = false;
    leading_ = true;
    Status taken = Ready();
    if (taken.ok()) taken = NoteWrite(TakeOver(writer));
    if (!taken.ok()) {
        LeadNoMore();
        Failed();
    }
    return taken;
}

// Everything that is no series' is written anew: whatever the writer before has under way of it
// loses.
Status ClickHouseEngine::TakeOver(std::string_view writer) {
    Commit commit(cluster_, placement_, NextRevision());
    commit.PutState(kind::kLane, lane().Key(""), std::string(writer), lane().count());
    commit.RemoveState(kind::kIntent, lane().Key(""));
    if (!losses_.empty()) {
        commit.PutState(kind::kLosses, lane().Key(""), records::EncodeTexts(losses_));
    }
    for (const auto& [key, value] : notes_) {
        commit.PutState(kind::kNote, lane().Key(key), value);
    }
    return commit.Finish();
}

Status ClickHouseEngine::Resign() {
    const MutexLock lock(write_);
    Status resigned = OkStatus();
    // After a write that failed nobody knows what is still under way.
    if (Leads() && current_) {
        Commit commit(cluster_, placement_, NextRevision());
        commit.PutState(kind::kLane, lane().Key(""), "", lane().count());
        resigned = commit.Finish();
        if (!resigned.ok()) Failed();
    }
    LeadNoMore();
    return resigned;
}

Status ClickHouseEngine::Refresh() const {
    const uint64_t mine = ++asked_;
    const MutexLock lock(write_);
    if (Leads() || answered_ >= mine) return OkStatus();
    LeadNoMore();
    const uint64_t all = asked_;
    MP_RETURN_IF_ERROR(Follow());
    answered_ = all;
    return OkStatus();
}

Status ClickHouseEngine::Follow() const {
    if (!connected_) MP_RETURN_IF_ERROR(NoteHealth(Connect()));
    const Client& meta = cluster_.meta().primary();
    const Result<StoredState> state =
        current_ ? ReadChanges(meta, lane(), revision_) : ReadState(meta, lane());
    MP_RETURN_IF_ERROR(NoteHealth(state.status()));
    if (current_ && state->rows.empty()) return OkStatus();
    // Until all of it is taken, it is not.
    current_ = false;
    revision_ = std::max(revision_, state->revision);
    std::vector<std::string> intent;
    for (const StateRow& row : state->rows) {
        if (row.deleted) {
            TakeDeleted(row);
        } else {
            MP_RETURN_IF_ERROR(TakeRow(row, intent));
        }
    }
    placement_.Apply(table_);
    MP_RETURN_IF_ERROR(Widen(intent));
    // Claims change without a word in the state.
    for (SeriesState* series : table_.All()) {
        if (series->series.data_type == model::DataType::kCoverage) series->changed = revision_;
    }
    current_ = true;
    cluster_.Committed(revision_);
    return OkStatus();
}

void ClickHouseEngine::TakeDeleted(const StateRow& row) const {
    if (row.kind == kind::kMove) placement_.EndMove(row.key);
    if (row.kind != kind::kDay) return;
    const auto place = PlaceOfDay(row);
    if (place.ok() && place->first != nullptr) place->first->days.Erase(place->second);
}

// A writer's claims can be read before the days say where the events are that they vouch for.
Status ClickHouseEngine::Widen(const std::vector<std::string>& intent) const {
    for (size_t i = 0; i + 1 < intent.size(); i += 2) {
        const Result<model::Series> name = records::DecodeSeries(intent[i]);
        DayNumber day = 0;
        if (!name.ok() || !ParseNumber(intent[i + 1], day)) {
            return absl::DataLossError("an intent does not parse");
        }
        if (!lane().Holds(name->instrument)) continue;
        SeriesState& series = table_.Intern(*name);
        placement_.Find(series);
        series.changed = kNoReplicaHas;
        series.days.Widen(FirstOf(day), LastOf(day), kNoReplicaHas);
    }
    return OkStatus();
}

Result<std::string> ClickHouseEngine::NameOf(SeriesId series) const {
    const SeriesState* const state = table_.At(series);
    if (state == nullptr) return absl::NotFoundError("no such series");
    return records::EncodeSeries(state->series);
}

Result<std::optional<StreamPosition>> ClickHouseEngine::LeastPosition() const {
    {
        const MutexLock lock(write_);
        if (!connected_) MP_RETURN_IF_ERROR(NoteHealth(Connect()));
    }
    const Result<StoredState> state = ReadKind(cluster_.meta().primary(), kind::kPosition);
    if (!state.ok()) return NoteHealth(state.status());
    std::optional<StreamPosition> least;
    uint32_t lanes = 0;
    for (const StateRow& row : state->rows) {
        if (row.key.empty()) continue;  // of the time before lanes
        const Result<StreamPosition> position = records::DecodePosition(row.value);
        if (!position.ok()) return position.status();
        ++lanes;
        if (!least) least = StreamPosition{position->incarnation, position->floor, {}};
        if (position->incarnation != least->incarnation) return std::optional<StreamPosition>();
        least->floor = std::min(least->floor, position->floor);
    }
    if (lanes < lane().count()) return std::optional<StreamPosition>();
    return least;
}

}  // namespace mp::storage::clickhouse
