#include "storage/engines/rocksdb/trade_blocks.hpp"

#include <memory>

#include "base/big_endian.hpp"
#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/status.hpp"
#include "storage/engines/rocksdb/trade_block.hpp"

namespace mp::storage {
namespace {

// The blocks of one series; looking for them leaves the cache to who reads.
class BlockRows {
  public:
    BlockRows(rocksdb::DB& db, SeriesId series) : series_(series) {
        layout::BlockKey(series, "", lower_);
        layout::BlockKey(series + 1, "", upper_);
        lower_bound_ = lower_;
        upper_bound_ = upper_;
        rocksdb::ReadOptions options;
        options.iterate_lower_bound = &lower_bound_;
        options.iterate_upper_bound = &upper_bound_;
        options.fill_cache = false;
        rows_.reset(db.NewIterator(options));
    }

    bool SeekAtOrBefore(std::string_view key) {
        std::string full;
        layout::BlockKey(series_, key, full);
        rows_->SeekForPrev(full);
        return rows_->Valid();
    }
    bool SeekBehind(std::string_view key) {
        std::string full;
        layout::BlockKey(series_, key, full);
        full += '\0';
        rows_->Seek(full);
        return rows_->Valid();
    }
    bool SeekLast() {
        rows_->SeekForPrev(upper_);
        return rows_->Valid();
    }
    std::string_view from() const {
        return {rows_->key().data() + layout::kIdSize, rows_->key().size() - layout::kIdSize};
    }
    std::string_view end() const { return EndOfBlock(rows_->value().ToStringView()); }
    Status status() const { return FromRocks(rows_->status(), "looking for a block of trades"); }

  private:
    const SeriesId series_;
    std::string lower_;
    std::string upper_;
    rocksdb::Slice lower_bound_;
    rocksdb::Slice upper_bound_;
    std::unique_ptr<rocksdb::Iterator> rows_;
};

}  // namespace

Status TradeBlocks::Drop(SeriesState& state, std::string_view key, rocksdb::WriteBatch& writes) {
    if (state.id == watched_ && key >= watched_from_ && (!touched_ || key < *touched_)) {
        touched_ = key;
    }
    const Result<std::string_view> blocks_end = EndOf(state);
    if (!blocks_end.ok()) return blocks_end.status();
    if (key >= *blocks_end) return OkStatus();
    if (looked_at_ && looked_at_->first == state.id && looked_at_->second.Holds(key)) {
        return OkStatus();
    }
    Result<std::pair<Stretch, bool>> around = Around(state.id, key);
    if (!around.ok()) return around.status();
    auto& [stretch, block] = *around;
    if (block) {
        std::string place;
        layout::BlockKey(state.id, stretch.from, place);
        writes.Delete(place);
        PutHole(state.id, stretch, writes);
        ++dropped_;
    }
    looked_at_.emplace(state.id, std::move(stretch));
    return OkStatus();
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
    SeriesState& state, const Stretch& stretch, const std::string& block, Stretch* hole
) {
    const Result<std::string_view> blocks_end = EndOf(state);
    if (!blocks_end.ok()) return blocks_end.status();
    rocksdb::WriteBatch writes;
    std::string place;
    layout::BlockKey(state.id, stretch.from, place);
    writes.Put(place, block);
    if (hole != nullptr) {
        layout::HoleKey(state.id, hole->from, place);
        writes.Delete(place);
        hole->from = stretch.end;
        if (hole->from < hole->end) PutHole(state.id, *hole, writes);
    }
    MP_RETURN_IF_ERROR(FromRocks(db_.Write({}, &writes), "storing a block of trades"));
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
        BlockRows blocks(db_, state.id);
        if (blocks.SeekLast()) state.blocks_end = blocks.end();
        MP_RETURN_IF_ERROR(blocks.status());
        state.blocks_known = true;
    }
    return std::string_view(state.blocks_end);
}

Result<std::pair<Stretch, bool>> TradeBlocks::Around(SeriesId series, std::string_view key) const {
    BlockRows blocks(db_, series);
    Stretch free;
    if (blocks.SeekAtOrBefore(key)) {
        Stretch held{std::string(blocks.from()), std::string(blocks.end())};
        if (held.Holds(key)) return std::pair(std::move(held), true);
        free.from = held.end;
    }
    MP_RETURN_IF_ERROR(blocks.status());
    if (blocks.SeekBehind(key)) free.end = blocks.from();
    MP_RETURN_IF_ERROR(blocks.status());
    return std::pair(std::move(free), false);
}

}  // namespace mp::storage
