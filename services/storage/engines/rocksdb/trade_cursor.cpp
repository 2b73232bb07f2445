#include "storage/engines/rocksdb/trade_cursor.hpp"

#include <optional>
#include <utility>

#include "model/identity.hpp"
#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/status.hpp"

namespace mp::storage {
namespace {

std::string_view InSeries(std::string_view key) {
    return key.substr(layout::kIdSize);
}

std::string BlockKeyOf(SeriesId series, std::string_view key) {
    std::string full;
    layout::BlockKey(series, key, full);
    return full;
}

}  // namespace

RocksTradeCursor::RocksTradeCursor(rocksdb::DB& db, SeriesId series, const ScanRange& range)
    : series_(series),
      keys_(series, range),
      open_end_(range.time.to == kAllTime.to),
      first_block_(BlockKeyOf(series, "")),
      last_block_(BlockKeyOf(series + 1, "")),
      lower_(keys_.first),
      upper_(keys_.last),
      upper_block_(last_block_),
      snapshot_(&db) {
    layout::EventKey(series, "", key_);
    if (keys_.first >= keys_.last) {
        place_ = Place::kEnd;
        return;
    }
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_.snapshot();
    options.fill_cache = !range.bulk;
    if (range.bulk) options.readahead_size = 512u << 10;
    options.iterate_lower_bound = &lower_;
    options.iterate_upper_bound = &upper_;
    rows_.reset(db.NewIterator(options));
    options.iterate_lower_bound = nullptr;
    options.iterate_upper_bound = &upper_block_;
    blocks_.reset(db.NewIterator(options));
}

std::string_view RocksTradeCursor::key() const {
    return InSeries(key_);
}

bool RocksTradeCursor::Next() {
    if (place_ == Place::kStart) Start();
    while (place_ != Place::kEnd) {
        if (place_ == Place::kBlock ? NextOfBlock() : NextOfRows()) return true;
    }
    return false;
}

void RocksTradeCursor::Start() {
    from_ = InSeries(keys_.first);
    place_ = Place::kRows;
    const std::string first = BlockKeyOf(series_, from_);
    blocks_->SeekForPrev(first);
    if (!blocks_->Valid() || blocks_->key().compare(first_block_) < 0) {
        blocks_->Seek(first_block_);
    } else if (EndOfBlock(blocks_->value().ToStringView()) > from_) {
        OpenBlock();
    } else {
        blocks_->Next();
    }
}

bool RocksTradeCursor::End(Status status) {
    status_ = std::move(status);
    place_ = Place::kEnd;
    return false;
}

std::string_view RocksTradeCursor::NextBlock() const {
    if (!blocks_->Valid()) return {};
    return InSeries(blocks_->key().ToStringView());
}

void RocksTradeCursor::OpenBlock() {
    place_ = Place::kBlock;
    block_.Open(blocks_->value().ToStringView());
    const std::string_view last = InSeries(keys_.last);
    inside_ = NextBlock() >= InSeries(keys_.first) && (open_end_ || block_.end() <= last);
}

void RocksTradeCursor::MakeKey() {
    auto* trade = std::get_if<model::Trade>(&event_.body);
    if (trade == nullptr) trade = &event_.body.emplace<model::Trade>();
    event_.order_ts = trade_.order_ts;
    trade->trade_id = trade_.trade_id;
    trade->id_space = trade_.id_space;
    trade->sequence = trade_.sequence;
    key_.resize(layout::kIdSize);
    model::AppendKey(event_, key_);
}

// False where the block has no further row, or the range ends in it.
bool RocksTradeCursor::NextOfBlock() {
    while (block_.Next(trade_)) {
        MakeKey();
        if (inside_) return true;
        if (key_ >= keys_.last) return End(OkStatus());
        if (key_ >= keys_.first) return true;
    }
    if (!block_.status().ok()) {
        return End(absl::DataLossError("a stored block of trades does not parse"));
    }
    from_ = block_.end();
    blocks_->Next();
    place_ = Place::kRows;
    sought_ = false;
    return false;
}

// False where a block begins, or nothing is left.
bool RocksTradeCursor::NextOfRows() {
    if (!blocks_->status().ok()) return End(FromRocks(blocks_->status(), "reading"));
    const std::string_view next_block = NextBlock();
    if (!sought_ && next_block == from_ && !next_block.empty()) {
        OpenBlock();
        return false;
    }
    if (std::exchange(sought_, true)) {
        rows_->Next();
    } else {
        layout::EventKey(series_, from_, key_);
        rows_->Seek(key_);
    }
    if (!rows_->Valid()) return End(FromRocks(rows_->status(), "reading"));
    key_ = rows_->key().ToStringView();
    if (!next_block.empty() && key() >= next_block) {
        OpenBlock();
        return false;
    }
    const bool decoded = decoder_.Decode(rows_->value().ToStringView(), event_).ok();
    const std::optional<wire::TradeRow> trade = decoded ? wire::TradeRowOf(event_) : std::nullopt;
    if (!trade) return End(absl::DataLossError("a stored trade does not parse"));
    trade_ = *trade;
    return true;
}

}  // namespace mp::storage
