#include "storage/engines/rocksdb/trade_blocks.hpp"

#include "base/big_endian.hpp"
#include "storage/engines/rocksdb/block_cursor.hpp"
#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/status.hpp"
#include "storage/engines/rocksdb/trade_block.hpp"

namespace mp::storage {
namespace {

// Looking for blocks leaves the cache to who reads.
BlockCursor BlocksOf(rocksdb::DB& db, SeriesId series) {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    return {db, series, options};
}

}  // namespace

Result<TradeBlocks::Seen*> TradeBlocks::Look(SeriesState& state, std::string_view key) {
    if (seen_ && seen_->series == state.id && seen_->stretch.Holds(key)) return &*seen_;
    seen_.reset();
    Seen seen;
    seen.series = state.id;
    BlockCursor blocks = BlocksOf(db_, state.id);
    blocks.SeekAtOrBefore(key);
    MP_RETURN_IF_ERROR(blocks.status());
    if (blocks.OnBlock()) {
        const std::string_view end = EndOfBlock(blocks.bytes());
        if (end <= blocks.from()) {
            return absl::DataLossError("a stored block of trades does not parse");
        }
        if (key < end) {
            seen.stretch = {std::string(blocks.from()), std::string(end)};
            seen.block = blocks.bytes();
            return &seen_.emplace(std::move(seen));
        }
        seen.stretch.from = end;
    }
    blocks.SeekBehind(key);
    MP_RETURN_IF_ERROR(blocks.status());
    if (blocks.OnBlock()) seen.stretch.end = blocks.from();
    return &seen_.emplace(std::move(seen));
}

Result<std::pair<Stretch, bool>> TradeBlocks::Around(SeriesState& state, std::string_view key) {
    const Result<Seen*> seen = Look(state, key);
    if (!seen.ok()) return seen.status();
    return std::pair((*seen)->stretch, (*seen)->block.has_value());
}

Status TradeBlocks::UnpackSeen() {
    if (seen_->unpacked) return OkStatus();
    MP_RETURN_IF_ERROR(UnpackBlock(*seen_->block, {}, rows_).status());
    seen_->unpacked = true;
    return OkStatus();
}

Result<std::optional<std::string_view>> TradeBlocks::Find(
    SeriesState& state, std::string_view key
) {
    const std::optional<std::string_view> nothing;
    const Result<std::string_view> blocks_end = EndOf(state);
    if (!blocks_end.ok()) return blocks_end.status();
    if (key >= *blocks_end) return nothing;
    const Result<Seen*> seen = Look(state, key);
    if (!seen.ok()) return seen.status();
    if (!(*seen)->block) return nothing;
    MP_RETURN_IF_ERROR(UnpackSeen());
    const size_t row = rows_.Find(key);
    if (row == rows_.size()) return nothing;
    return std::optional(rows_.event(row));
}

// Beside the batch that is in the making, and in front of it in the log: what is stored stays the
// same.
Status TradeBlocks::Unpack(SeriesState& state, std::string_view key) {
    Touch(state.id, key);
    const Result<std::string_view> blocks_end = EndOf(state);
    if (!blocks_end.ok()) return blocks_end.status();
    if (key >= *blocks_end) return OkStatus();
    const Result<Seen*> looked = Look(state, key);
    if (!looked.ok()) return looked.status();
    Seen& seen = **looked;
    if (!seen.block) return OkStatus();
    MP_RETURN_IF_ERROR(UnpackSeen());
    rocksdb::WriteBatch writes;
    std::string place;
    layout::BlockKey(state.id, seen.stretch.from, place);
    writes.Delete(place);
    for (size_t row = 0; row < rows_.size(); ++row) {
        layout::EventKey(state.id, rows_.key(row), place);
        const std::string_view event = rows_.event(row);
        writes.Put(place, rocksdb::Slice(event.data(), event.size()));
    }
    PutHole(state.id, seen.stretch, writes);
    MP_RETURN_IF_ERROR(FromRocks(db_.Write({}, &writes), "taking a block of trades apart"));
    seen.block.reset();
    ++unpacked_;
    return OkStatus();
}

void TradeBlocks::Delete(SeriesId series, std::string_view from, rocksdb::WriteBatch& writes) {
    Touch(series, from);
    seen_.reset();
    std::string place;
    layout::BlockKey(series, from, place);
    writes.Delete(place);
}

void TradeBlocks::Touch(SeriesId series, std::string_view key) {
    if (series == watched_ && key >= watched_from_ && (!touched_ || key < *touched_)) {
        touched_ = key;
    }
}

void TradeBlocks::Watch(SeriesId series, std::string_view from) {
    watched_ = series;
    watched_from_ = from;
    touched_.reset();
}

void TradeBlocks::PutHole(SeriesId series, const Stretch& hole, rocksdb::WriteBatch& writes) const {
    std::string place, told;
    layout::HoleKey(series, hole.from, place);
    AppendSortable(clock_.Now(), told);
    told += hole.end;
    writes.Put(place, told);
}

Status TradeBlocks::Put(
    SeriesState& state,
    const Stretch& stretch,
    const std::string& block,
    const EventRows& rows,
    Stretch* hole
) {
    const Result<std::string_view> blocks_end = EndOf(state);
    if (!blocks_end.ok()) return blocks_end.status();
    rocksdb::WriteBatch writes;
    std::string place;
    layout::BlockKey(state.id, stretch.from, place);
    writes.Put(place, block);
    for (size_t row = 0; row < rows.size(); ++row) {
        layout::EventKey(state.id, rows.key(row), place);
        writes.Delete(place);
    }
    if (hole != nullptr) {
        layout::HoleKey(state.id, hole->from, place);
        writes.Delete(place);
        hole->from = stretch.end;
        if (hole->from < hole->end) PutHole(state.id, *hole, writes);
    }
    MP_RETURN_IF_ERROR(FromRocks(db_.Write({}, &writes), "storing a block of trades"));
    seen_.reset();
    if (stretch.end > *blocks_end) state.blocks_end = stretch.end;
    return OkStatus();
}

Status TradeBlocks::Forget(SeriesId series, const Stretch& hole) {
    std::string place;
    layout::HoleKey(series, hole.from, place);
    return FromRocks(db_.Delete({}, place), "forgetting a hole");
}

Result<std::string_view> TradeBlocks::EndOf(SeriesState& state) {
    if (!state.blocks_known) {
        BlockCursor blocks = BlocksOf(db_, state.id);
        blocks.SeekLast();
        MP_RETURN_IF_ERROR(blocks.status());
        if (blocks.OnBlock()) state.blocks_end = EndOfBlock(blocks.bytes());
        state.blocks_known = true;
    }
    return std::string_view(state.blocks_end);
}

}  // namespace mp::storage
