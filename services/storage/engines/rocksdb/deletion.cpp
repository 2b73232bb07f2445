// Deleting events: the part of RocksEngine that retention and DeleteRange use.

#include <algorithm>
#include <limits>
#include <rocksdb/write_batch.h>

#include "base/big_endian.hpp"
#include "storage/engines/records.hpp"
#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/rocks_engine.hpp"
#include "storage/engines/rocksdb/status.hpp"
#include "storage/engines/rocksdb/trade_cursor.hpp"
#include "wire/key_peek.hpp"

namespace mp::storage {
namespace {

// Rows looked at while appending waits: a few milliseconds.
constexpr size_t kRowsPerSlice = 20'000;
constexpr Nanos kClocksDiffer = 3600 * kSecond;

// The trades of a block that go, until it is known whether all of them do.
struct DoomedTrades {
    std::string block;  // where it begins; empty: there is none
    size_t block_size = 0;
    std::vector<std::string> keys;
};

}  // namespace

Result<DeletionSlice> RocksEngine::DeleteRange(
    SeriesId series, model::Interval time, std::string_view resume
) {
    return DeleteSlice(series, {time, std::nullopt, "deleted"}, resume);
}

Result<DeletionSlice> RocksEngine::Expire(
    SeriesId series, Nanos received_before, std::string_view resume
) {
    // What happens later than that was received later too, or its venue's clock is ahead and it
    // goes that much later: a run must not read all that is kept.
    const Nanos latest = std::numeric_limits<Nanos>::max() - kClocksDiffer;
    const Nanos end = std::min(received_before, latest) + kClocksDiffer;
    return DeleteSlice(series, {{kAllTime.from, end}, received_before, "retention"}, resume);
}

Result<DeletionSlice> RocksEngine::DeleteSlice(
    SeriesId series, const Doomed& doomed, std::string_view resume
) {
    SeriesState* const state = table_.At(series);
    if (state == nullptr) return absl::NotFoundError("no such series");
    const MutexLock lock(write_);

    DeletionSlice slice;
    std::vector<model::Interval> runs;
    rocksdb::WriteBatch writes;
    MP_RETURN_IF_ERROR(DeleteRows(*state, doomed, resume, slice, runs, writes));

    RowChanges changes;
    const bool claims = state->series.data_type != model::DataType::kCoverage;
    SeriesState& coverage = table_.Intern({state->series.instrument, model::DataType::kCoverage});
    const auto withdraw = [&](model::Interval interval) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_) {
        return ledger_.Withdraw(
            coverage.id, state->series.data_type, interval, doomed.reason, clock_.Now(), changes
        );
    };
    // The whole interval at once where it is given; where rows decide, what they span.
    if (claims && !doomed.received_before && resume.empty()) {
        const Result<model::Interval> held = Held(*state, coverage.id);
        if (!held.ok()) return held.status();
        MP_RETURN_IF_ERROR(withdraw(model::Intersect(doomed.time, *held)));
    }
    for (const model::Interval run : runs) {
        if (claims && doomed.received_before) MP_RETURN_IF_ERROR(withdraw(run));
    }
    if (!claims) ledger_.Forget();
    std::string full;
    for (const auto& [place, event] : changes) {
        layout::EventKey(place.first, place.second, full);
        if (event) {
            writes.Put(full, *event);
        } else {
            writes.Delete(full);
        }
    }
    if (!changes.empty() && !coverage.in_dictionary) {
        writes.Put(
            layout::SeriesKey(layout::Kind::kDictionary, coverage.id),
            records::EncodeSeries(coverage.series)
        );
    }
    records::Counters counters{state->events, state->losses_seen, state->trusted_from};
    counters.events -= std::min(counters.events, slice.events);
    if (slice.events > 0) {
        writes.Put(
            layout::SeriesKey(layout::Kind::kCounters, series), records::EncodeCounters(counters)
        );
    }
    if (writes.Count() == 0) return slice;
    rocksdb::WriteOptions options;
    options.sync = true;
    MP_RETURN_IF_ERROR(FromRocks(db_->Write(options, &writes), "deleting"));
    state->events = counters.events;
    coverage.in_dictionary = coverage.in_dictionary || !changes.empty();
    return slice;
}

// Puts into `writes` what deletes the slice's rows. `runs`: the time of rows that go together, with
// nothing kept between them.
Status RocksEngine::DeleteRows(
    SeriesState& state,
    const Doomed& doomed,
    std::string_view resume,
    DeletionSlice& slice,
    std::vector<model::Interval>& runs,
    rocksdb::WriteBatch& writes
) {
    ScanRange range;
    range.time = doomed.time;
    range.after = resume;
    range.bulk = true;
    const bool trades = state.series.data_type == model::DataType::kTrade;
    const Result<std::unique_ptr<Cursor>> scan = Scan(state.id, range);
    if (!scan.ok()) return scan.status();
    Cursor& rows = **scan;
    const auto* const packed = trades ? static_cast<const TradeEventCursor*>(&rows) : nullptr;

    std::string identity, full;
    // One by one: a range tombstone would share its memtable's insert hints with the rows, which
    // RocksDB (7.8) does not survive.
    const auto delete_row = [&](std::string_view key)
                                ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_) -> Status {
        if (trades) MP_RETURN_IF_ERROR(blocks_.Unpack(state, key));
        layout::EventKey(state.id, key, full);
        writes.Delete(full);
        return OkStatus();
    };
    DoomedTrades block;
    const auto delete_block = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_) -> Status {
        if (!block.keys.empty() && block.keys.size() == block.block_size) {
            blocks_.Delete(state.id, block.block, writes);
        } else {
            for (const std::string& key : block.keys) MP_RETURN_IF_ERROR(delete_row(key));
        }
        block.keys.clear();
        return OkStatus();
    };

    bool joined = false;  // the row before belongs to the last run
    size_t looked_at = 0;
    while (rows.Next()) {
        const std::string_view in_block = packed != nullptr ? packed->block() : std::string_view();
        const bool same_block = !in_block.empty() && in_block == block.block;
        if (!same_block) {
            MP_RETURN_IF_ERROR(delete_block());
            block.block = in_block;
            if (packed != nullptr) block.block_size = packed->block_size();
        }
        // A block is looked at as a whole.
        if (++looked_at > kRowsPerSlice && !same_block) return OkStatus();
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
        runs.back().to = time + 1;
        ++slice.events;
        if (!in_block.empty()) {
            block.keys.emplace_back(rows.key());
            continue;
        }
        MP_RETURN_IF_ERROR(delete_row(rows.key()));
        if (read.ok() && peeked.found_by_identity) {
            layout::IdentityKey(state.id, rows.key().substr(AppendBatch::kIdentityOffset), full);
            writes.Delete(full);
        }
    }
    MP_RETURN_IF_ERROR(rows.status());
    slice.next.clear();
    return delete_block();
}

// The time over which the series has events or claims: a deletion says nothing about the future.
Result<model::Interval> RocksEngine::Held(const SeriesState& state, SeriesId coverage) const {
    const auto claimed = ledger_.Claimed(coverage, state.series.data_type);
    if (!claimed.ok()) return claimed.status();
    model::Interval held = claimed->value_or(model::Interval{});
    for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
        ScanRange edge;
        edge.direction = direction;
        const Result<std::unique_ptr<Cursor>> rows = Scan(state.id, edge);
        if (!rows.ok()) return rows.status();
        if (!(*rows)->Next()) {
            MP_RETURN_IF_ERROR((*rows)->status());
            continue;
        }
        const Nanos time = ReadSortable((*rows)->key());
        if (held.empty()) held = {time, Behind(time)};
        held = {std::min(held.from, time), std::max(held.to, Behind(time))};
    }
    return held;
}

}  // namespace mp::storage
