#include "storage/engines/clickhouse/clickhouse_engine.hpp"

#include <utility>

#include "base/big_endian.hpp"
#include "storage/engines/clickhouse/cursor.hpp"
#include "storage/engines/clickhouse/sql.hpp"
#include "storage/engines/clickhouse/text.hpp"
#include "storage/engines/records.hpp"

namespace mp::storage {

Result<std::unique_ptr<Engine>> OpenClickHouseEngine(ClickHouseConfig config, const Clock& clock) {
    auto engine = std::make_unique<clickhouse::ClickHouseEngine>(
        std::move(config), clickhouse::Lane(), clock
    );
    const Status loaded = engine->Load();
    if (!loaded.ok() && !absl::IsUnavailable(loaded) && !absl::IsResourceExhausted(loaded)) {
        return loaded;
    }
    return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace mp::storage

namespace mp::storage::clickhouse {

namespace {

Topology TopologyOf(const ClickHouseConfig& config) {
    Topology topology = config.topology;
    if (topology.shards.empty()) topology.shards = {{"main", config.server.url, {}}};
    return topology;
}

ClientConfig Fenced(ClientConfig config, const Fence& fence) {
    config.fence = &fence;
    return config;
}

}  // namespace

ClickHouseEngine::ClickHouseEngine(ClickHouseConfig config, Lane lane, const Clock& clock)
    : clock_(clock),
      cluster_(Fenced(config.server, fence_), TopologyOf(config), lane, clock_),
      placement_(cluster_.names()),
      coverage_(cluster_, table_),
      ledger_(coverage_),
      appender_(cluster_, placement_, table_, ledger_, coverage_, clock_),
      leading_(lane.whole()),
      health_(absl::UnavailableError("clickhouse: not connected yet")),
      unhealthy_since_(clock.Now()) {}

Status ClickHouseEngine::Load() {
    const MutexLock lock(write_);
    return leading_ ? Ready() : Follow();
}

Status ClickHouseEngine::Ready() const {
    if (!Leads()) return absl::FailedPreconditionError("another instance writes to this lane");
    if (!connected_) MP_RETURN_IF_ERROR(NoteHealth(Connect()));
    if (current_) {
        // Another writer took over, or was not quite dead: what it wrote counts.
        const Result<uint64_t> stored = ReadRevision(cluster_.meta().primary(), lane());
        if (!stored.ok()) return NoteHealth(stored.status());
        if (*stored <= revision_) return OkStatus();
        if (!lane().whole()) return Aborted();
        Failed();
    }
    MP_RETURN_IF_ERROR(NoteHealth(ReadBack()));
    current_ = true;
    cluster_.Committed(revision_);
    return OkStatus();
}

Status ClickHouseEngine::Connect() const {
    Result<Features> features = cluster_.Prepare();
    if (!features.ok()) return features.status();
    MP_RETURN_IF_ERROR(CheckLanes());
    connected_ = true;
    const MutexLock lock(health_mutex_);
    features_ = *std::move(features);
    return OkStatus();
}

void ClickHouseEngine::Failed() const {
    current_ = false;
    ledger_.Forget();
    coverage_.Forget();
}

// Makes memory equal to what is stored.
Status ClickHouseEngine::ReadBack() const {
    Result<StoredState> state = ReadState(cluster_.meta().primary(), lane());
    if (!state.ok()) return state.status();
    if (!lane().whole() && state->revision > revision_) return Aborted();
    revision_ = std::max(revision_, state->revision);
    losses_.clear();
    position_.reset();
    has_own_position_ = false;
    notes_.clear();
    placement_.Forget();
    ledger_.Forget();
    coverage_.Forget();
    for (SeriesState* series : table_.All()) {
        series->events = 0;
        series->stored = false;
        series->losses_seen = 0;
        series->trusted_from = INT64_MIN;
        series->highs_known = false;
        series->high_key.clear();
        series->high_identity.clear();
        series->changed = revision_;
    }
    std::vector<std::string> intent;
    for (const StateRow& row : state->rows) MP_RETURN_IF_ERROR(TakeRow(row, intent));
    std::vector<StateRow> drops;
    if (!intent.empty()) drops = placement_.DropCopies();
    placement_.Apply(table_);
    return intent.empty() ? OkStatus() : Recount(intent, std::move(drops));
}

Status ClickHouseEngine::TakeRow(const StateRow& row, std::vector<std::string>& intent) const {
    if (row.kind == kind::kSeries) return TakeSeries(row);
    if (row.kind == kind::kDay) return TakeDay(row);
    if (row.kind == kind::kPin) return Holds(row.key) ? placement_.Take(row) : OkStatus();
    if (row.kind == kind::kMove) return Holds(row.key) ? placement_.TakeMove(row) : OkStatus();
    const std::string prefix = lane().Key("");
    const bool own = row.key.starts_with(prefix);
    if (row.kind == kind::kNote) {
        // Messages of the time before lanes whose claims wait come again.
        if (own) notes_[row.key.substr(prefix.size())] = row.value;
    } else if (row.kind == kind::kPosition) {
        Result<StreamPosition> position = records::DecodePosition(row.value);
        if (!position.ok()) return position.status();
        position_ = *std::move(position);
        if (!own) position_->beyond.clear();
        has_own_position_ = own;
    } else if (row.kind == kind::kIntent && !own && has_own_position_) {
        return OkStatus();
    } else if (row.kind == kind::kLosses || row.kind == kind::kIntent) {
        Result<std::vector<std::string>> texts = records::DecodeTexts(row.value);
        if (!texts.ok()) return texts.status();
        (row.kind == kind::kLosses ? losses_ : intent) = *std::move(texts);
    }
    return OkStatus();
}

Status ClickHouseEngine::TakeSeries(const StateRow& row) const {
    const Result<std::vector<std::string>> parts = records::DecodeTexts(row.value);
    if (!parts.ok()) return parts.status();
    if (parts->size() != 5) return absl::DataLossError("a series' state does not parse");
    const Result<model::Series> name = records::DecodeSeries((*parts)[0]);
    if (!name.ok()) return name.status();
    if (!lane().Holds(name->instrument)) return OkStatus();
    const Result<records::Counters> counters = records::DecodeCounters((*parts)[1]);
    if (!counters.ok()) return counters.status();
    SeriesState& series = table_.Intern(*name);
    series.events = counters->events;
    series.stored = true;
    series.losses_seen = counters->losses_seen;
    series.trusted_from = counters->trusted_from;
    series.high_key = (*parts)[2];
    series.high_identity = (*parts)[3];
    series.highs_known = !(*parts)[4].empty();
    series.changed = revision_;
    return OkStatus();
}

Status ClickHouseEngine::TakeDay(const StateRow& row) const {
    const auto place = PlaceOfDay(row);
    if (!place.ok()) return place.status();
    if (place->first == nullptr) return OkStatus();
    if (row.value.size() != 2 * sizeof(Nanos)) {
        return absl::DataLossError("a day's state does not parse");
    }
    place->first->days.Set(
        place->second,
        {row.number,
         ReadSortable(row.value),
         ReadSortable(std::string_view(row.value).substr(sizeof(Nanos))),
         revision_}
    );
    return OkStatus();
}

Result<std::pair<SeriesState*, DayNumber>> ClickHouseEngine::PlaceOfDay(const StateRow& row) const {
    const size_t bar = row.key.rfind('|');
    DayNumber day = 0;
    if (bar == std::string::npos || !ParseNumber(row.key.substr(bar + 1), day)) {
        return absl::DataLossError("a day's state does not parse");
    }
    SeriesState* const series = table_.Named(std::string_view(row.key).substr(0, bar));
    if (series == nullptr && lane().whole()) {
        return absl::DataLossError("a day's state names no series");
    }
    return std::pair(series, day);
}

Status ClickHouseEngine::Recount(const std::vector<std::string>& days, std::vector<StateRow> drops)
    const {
    Commit commit(cluster_, placement_, NextRevision());
    for (StateRow& row : drops) commit.PutState(std::move(row));
    std::vector<SeriesState*> changed;
    for (size_t i = 0; i + 1 < days.size(); i += 2) {
        const Result<model::Series> name = records::DecodeSeries(days[i]);
        DayNumber day = 0;
        if (!name.ok() || !ParseNumber(days[i + 1], day)) {
            return absl::DataLossError("an intent does not parse");
        }
        if (!lane().Holds(name->instrument)) continue;
        SeriesState& series = table_.Intern(*name);
        placement_.Find(series);
        const Result<Day> counted = CountDay(series, day);
        if (!counted.ok()) return counted.status();
        const Day before = series.days.Find(day).value_or(Day{});
        if (counted->events > 0 || before.events > 0) series.days.Set(day, *counted);
        series.highs_known = false;
        // From here on it has rows, and must be asked for them.
        series.stored = true;
        if (changed.empty() || changed.back() != &series) changed.push_back(&series);
        commit.PutState(kind::kDay, DayKey(series, day), EncodeDay(*counted), counted->events);
    }
    for (SeriesState* series : changed) {
        uint64_t events = 0;
        for (const auto& [day, counted] : series->days.All()) events += counted.events;
        series->events = events;
        commit.PutState(kind::kSeries, series->name, EncodeSeriesRow(*series), events);
    }
    commit.RemoveState(kind::kIntent, lane().Key(""));
    return commit.Finish();
}

Result<Day> ClickHouseEngine::CountDay(const SeriesState& series, DayNumber day) const {
    const std::string condition = Concat(
        IsInstrument(series.series.instrument), " AND ", IsBetween(FirstOf(day), LastOf(day))
    );
    const std::string rows = CountingRows(
        series.series.data_type, "order_ts, sequence, identity", condition, Direction::kForward
    );
    const Shard* const shard = cluster_.Of(series);
    if (shard == nullptr) return absl::InternalError(Concat(series.name, " has rows nowhere"));
    const Result<std::string> answer = shard->primary().Query(
        Concat("SELECT count(), min(order_ts), max(order_ts) FROM (", rows, ") FORMAT Native")
    );
    if (!answer.ok()) return answer.status();
    BlockReader blocks(*answer);
    const Result<bool> any = blocks.Next();
    if (!any.ok()) return any.status();
    Day counted{0, FirstOf(day), FirstOf(day), revision_};
    if (!*any) return counted;
    counted.events = blocks.columns()[0].Take<uint64_t>();
    if (counted.events == 0) return counted;
    counted.first = blocks.columns()[1].Take<Nanos>();
    counted.last = blocks.columns()[2].Take<Nanos>();
    return counted;
}

Result<AppendOutcome> ClickHouseEngine::Append(const AppendBatch& batch) {
    const MutexLock lock(write_);
    MP_RETURN_IF_ERROR(Ready());
    Result<AppendOutcome> outcome = appender_.Append(batch, losses_, NextRevision());
    (void)NoteWrite(outcome.status());
    if (!outcome.ok()) {
        Failed();
        return outcome;
    }
    cluster_.Committed(revision_);
    if (batch.position()) position_ = batch.position();
    for (const Note& note : batch.notes()) {
        notes_.erase(note.key);
        if (!note.value.empty()) notes_[note.key] = note.value;
    }
    return outcome;
}

Status ClickHouseEngine::DeclareLoss(std::string_view reason) {
    const MutexLock lock(write_);
    MP_RETURN_IF_ERROR(Ready());
    std::vector<std::string> losses = losses_;
    losses.emplace_back(reason);
    Commit commit(cluster_, placement_, NextRevision());
    commit.PutState(kind::kLosses, lane().Key(""), records::EncodeTexts(losses));
    const Status declared = NoteWrite(commit.Finish());
    if (declared.ok()) {
        losses_ = std::move(losses);
    } else {
        Failed();
    }
    return declared;
}

std::optional<SeriesId> ClickHouseEngine::Find(const model::Series& series) const {
    const std::optional<SeriesId> known = table_.Find(series);
    if (known || Leads()) return known;
    (void)Refresh();  // the health says why
    return table_.Find(series);
}

std::vector<SeriesEntry> ClickHouseEngine::ListSeries() const {
    if (!Leads()) (void)Refresh();
    std::vector<SeriesEntry> entries;
    for (const SeriesState* state : table_.All()) {
        entries.push_back(
            {state->id, state->series, state->events, state->duplicates, state->conflicts}
        );
    }
    return entries;
}

Result<std::unique_ptr<Cursor>> ClickHouseEngine::Scan(SeriesId series, const ScanRange& range)
    const {
    const SeriesState* const state = table_.At(series);
    if (state == nullptr) return absl::NotFoundError("no such series");
    if (!Leads()) MP_RETURN_IF_ERROR(Refresh());
    return std::unique_ptr<Cursor>(
        std::make_unique<PagedCursor>(cluster_, *state, range, ReadFrom::kReplicas)
    );
}

Result<std::optional<StreamPosition>> ClickHouseEngine::Position() const {
    const MutexLock lock(write_);
    MP_RETURN_IF_ERROR(Ready());
    return position_;
}

Result<std::vector<Note>> ClickHouseEngine::Notes() const {
    const MutexLock lock(write_);
    MP_RETURN_IF_ERROR(Ready());
    std::vector<Note> notes;
    for (const auto& [key, value] : notes_) notes.push_back({key, value});
    return notes;
}

Result<EngineStatistics> ClickHouseEngine::Statistics() const {
    EngineStatistics statistics;
    for (const SeriesState* state : table_.All()) {
        statistics.events += state->events;
        ++statistics.series;
    }
    const auto number = [this](std::string_view sql) -> Result<uint64_t> {
        uint64_t sum = 0;
        for (size_t shard = 0; shard < cluster_.size(); ++shard) {
            const auto rows = cluster_.At(shard).primary().Rows(sql);
            if (!rows.ok()) return rows.status();
            uint64_t value = 0;
            if (!rows->empty() && ParseNumber(rows->front().front(), value)) sum += value;
        }
        return sum;
    };
    const Result<uint64_t> bytes = number(Concat(
        "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = '",
        cluster_.meta().primary().database(),
        "'"
    ));
    MP_RETURN_IF_ERROR(NoteHealth(bytes.status()));
    statistics.bytes_on_disk = *bytes;
    bool disks = false;
    {
        const MutexLock lock(health_mutex_);
        disks = features_.disks;
    }
    if (!disks) return statistics;
    const Result<uint64_t> free = number("SELECT sum(free_space) FROM system.disks");
    if (!free.ok()) return free.status();
    statistics.disk_free_bytes = *free;
    return statistics;
}

Status ClickHouseEngine::NoteHealth(const Status& status) const {
    const MutexLock lock(health_mutex_);
    if (status.ok() && writing_fails_) return status;
    if (!status.ok() && health_.ok()) unhealthy_since_ = clock_.Now();
    health_ = status;
    return status;
}

Status ClickHouseEngine::NoteWrite(const Status& status) const {
    {
        const MutexLock lock(health_mutex_);
        writing_fails_ = !status.ok();
    }
    return NoteHealth(status);
}

Status ClickHouseEngine::Health() const {
    const MutexLock lock(health_mutex_);
    if (health_.ok()) return health_;
    return Status(
        health_.code(),
        Concat(std::string(health_.message()), " (since ", FormatTime(unhealthy_since_), ")")
    );
}

}  // namespace mp::storage::clickhouse
