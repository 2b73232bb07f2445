// Deleting events: the part of ClickHouseEngine that retention and DeleteRange use. A deleted event
// is one whose last version says so; a day on which nothing is left is dropped as a whole.

#include <algorithm>
#include <deque>

#include "base/big_endian.hpp"
#include "storage/engines/clickhouse/clickhouse_engine.hpp"
#include "storage/engines/clickhouse/cursor.hpp"
#include "storage/engines/clickhouse/migrations.hpp"
#include "storage/engines/clickhouse/text.hpp"
#include "wire/key_peek.hpp"

namespace mp::storage::clickhouse {
namespace {

// Rows looked at while appending waits: a fraction of a second.
constexpr size_t kRowsPerSlice = 50'000;
// The days that ClickHouse's own dates can tell; what lies outside shares partitions with them.
constexpr DayNumber kFirstOwn = 1;
constexpr DayNumber kLastOwn = 49'000;

bool HasEventsOn(const SeriesState& series, DayNumber day) {
    const std::optional<Day> known = series.days.Find(day);
    return known && known->events > 0;
}

bool HasStrangeDays(const SeriesState& series) {
    const DayIndex::Days days = series.days.All();
    return !days.empty() && (days.front().first < kFirstOwn || days.back().first > kLastOwn);
}

// Rows that go together, with nothing kept between them.
struct Run {
    Nanos first = 0;
    Nanos last = 0;
};

// "20231114", as the tables name their partitions.
std::string PartitionOf(DayNumber day) {
    std::string date = FormatTime(FirstOf(day)).substr(0, 10);
    std::erase(date, '-');
    return date;
}

}  // namespace

Result<DeletionSlice> ClickHouseEngine::DeleteRange(
    SeriesId series, model::Interval time, std::string_view resume
) {
    return DeleteSlice(series, {time, std::nullopt, "deleted"}, resume);
}

Result<DeletionSlice> ClickHouseEngine::Expire(
    SeriesId series, Nanos received_before, std::string_view resume
) {
    return DeleteSlice(series, {kAllTime, received_before, "retention"}, resume);
}

Result<DeletionSlice> ClickHouseEngine::DeleteSlice(
    SeriesId series, const Doomed& doomed, std::string_view resume
) {
    SeriesState* const state = table_.At(series);
    if (state == nullptr) return absl::NotFoundError("no such series");
    const MutexLock lock(write_);
    MP_RETURN_IF_ERROR(Ready());
    Result<DeletionSlice> slice = DeleteNow(*state, doomed, resume);
    if (slice.ok()) {
        cluster_.Committed(revision_);
    } else {
        (void)NoteHealth(slice.status());
        Failed();
    }
    return slice;
}

Result<DeletionSlice> ClickHouseEngine::DeleteNow(
    SeriesState& state, const Doomed& doomed, std::string_view resume
) {
    DeletionSlice slice;
    std::vector<Run> runs;
    std::deque<std::string> keys;  // what the commit looks at
    std::map<DayNumber, int64_t> days;
    Commit commit(cluster_, placement_, NextRevision());
    const bool claims = state.series.data_type != model::DataType::kCoverage;
    bool joined = false;  // the row before belongs to the last run
    ScanRange range;
    range.time = doomed.time;
    range.after = resume;
    range.bulk = true;
    PagedCursor rows(cluster_, state, range, ReadFrom::kPrimary);
    size_t looked_at = 0;
    std::string identity;
    while (rows.Next()) {
        if (++looked_at > kRowsPerSlice) break;
        slice.next = rows.key();
        wire::EventKey peeked;
        identity.clear();
        const Status read = wire::PeekKey(rows.event(), state.series.data_type, peeked, identity);
        if (doomed.received_before &&
            (!read.ok() || peeked.received_ts >= *doomed.received_before)) {
            joined = false;
            continue;
        }
        const Nanos time = ReadSortable(rows.key());
        if (!joined) runs.push_back({time, time});
        joined = true;
        runs.back().last = time;
        ++slice.events;
        commit.RemoveEvent(state, keys.emplace_back(rows.key()));
        if (claims) --days[DayOf(time)];
    }
    MP_RETURN_IF_ERROR(rows.status());
    if (looked_at <= kRowsPerSlice) slice.next.clear();

    RowChanges changes;
    SeriesState& coverage = table_.Intern({state.series.instrument, model::DataType::kCoverage});
    const auto withdraw = [&](model::Interval interval) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_) {
        return ledger_.Withdraw(
            coverage.id, state.series.data_type, interval, doomed.reason, clock_.Now(), changes
        );
    };
    // The whole interval at once where it is given; where rows decide, what they span.
    if (claims && !doomed.received_before && resume.empty()) {
        const Result<model::Interval> held = Held(state, coverage.id);
        if (!held.ok()) return held.status();
        MP_RETURN_IF_ERROR(withdraw(model::Intersect(doomed.time, *held)));
    }
    for (const Run& run : runs) {
        if (claims && doomed.received_before) {
            MP_RETURN_IF_ERROR(withdraw({run.first, Behind(run.last)}));
        }
    }
    if (slice.events == 0 && changes.empty()) return slice;

    commit.ChangeCoverage(table_, changes);
    MP_RETURN_IF_ERROR(commit.SendRows());
    std::vector<DayNumber> emptied;
    for (const auto& [day, less] : days) {
        state.days.Add(day, less);
        const Day left = state.days.Find(day).value_or(Day{});
        commit.PutState(kind::kDay, DayKey(state, day), EncodeDay(left), left.events);
        if (left.events == 0) emptied.push_back(day);
    }
    if (claims) state.events -= std::min<uint64_t>(state.events, slice.events);
    for (SeriesState* series : {&state, &coverage}) {
        if (series == &coverage && changes.empty()) continue;
        commit.PutState(kind::kSeries, series->name, EncodeSeriesRow(*series), series->events);
        series->stored = true;
        if (&state == &coverage) break;
    }
    MP_RETURN_IF_ERROR(commit.Finish());
    coverage_.Apply(changes);
    if (!claims) {
        ledger_.Forget();
        coverage_.Forget();
    }
    MP_RETURN_IF_ERROR(DropEmptyDays(state, emptied));
    return slice;
}

Status ClickHouseEngine::DropEmptyDays(
    const SeriesState& state, const std::vector<DayNumber>& days
) {
    // Other writers may put something there at this moment.
    if (!lane().whole()) return OkStatus();
    const model::DataType type = state.series.data_type;
    for (const DayNumber day : days) {
        if (day < kFirstOwn || day > kLastOwn) continue;
        const std::vector<SeriesState*> all = table_.All();
        const bool used = std::any_of(all.begin(), all.end(), [&](const SeriesState* series) {
            return series->series.data_type == type &&
                   (HasEventsOn(*series, day) || HasStrangeDays(*series));
        });
        if (used) continue;
        const std::string drop =
            Concat("ALTER TABLE ", RowsTable(type), " DROP PARTITION ", PartitionOf(day));
        for (size_t shard = 0; shard < cluster_.size(); ++shard) {
            MP_RETURN_IF_ERROR(cluster_.At(shard).primary().Execute(drop));
        }
        // Only now: until then there are rows that say what is gone.
        Commit commit(cluster_, placement_, NextRevision());
        for (SeriesState* series : all) {
            if (series->series.data_type != type || !series->days.Find(day)) continue;
            series->days.Erase(day);
            commit.RemoveState(kind::kDay, DayKey(*series, day));
        }
        MP_RETURN_IF_ERROR(commit.Finish());
    }
    return OkStatus();
}

// The time over which the series has events or claims: a deletion says nothing about the future.
Result<model::Interval> ClickHouseEngine::Held(const SeriesState& state, SeriesId coverage) const {
    const auto claimed = ledger_.Claimed(coverage, state.series.data_type);
    if (!claimed.ok()) return claimed.status();
    model::Interval held = claimed->value_or(model::Interval{});
    for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
        ScanRange edge;
        edge.direction = direction;
        PagedCursor rows(cluster_, state, edge, ReadFrom::kPrimary);
        if (!rows.Next()) {
            MP_RETURN_IF_ERROR(rows.status());
            continue;
        }
        const Nanos time = ReadSortable(rows.key());
        if (held.empty()) held = {time, Behind(time)};
        held = {std::min(held.from, time), std::max(held.to, Behind(time))};
    }
    return held;
}

}  // namespace mp::storage::clickhouse
