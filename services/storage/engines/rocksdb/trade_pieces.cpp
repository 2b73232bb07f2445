#include "storage/engines/rocksdb/trade_pieces.hpp"

#include <algorithm>
#include <utility>

#include "base/big_endian.hpp"
#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/trade_block.hpp"

namespace mp::storage {
namespace {

std::string_view InSeries(std::string_view key) {
    return key.substr(layout::kIdSize);
}

rocksdb::ReadOptions OptionsOf(const rocksdb::Snapshot* snapshot, const ScanRange& range) {
    rocksdb::ReadOptions options = ReadOptionsOf(range);
    options.snapshot = snapshot;
    return options;
}

}  // namespace

TradePieces::TradePieces(rocksdb::DB& db, SeriesId series, const ScanRange& range)
    : db_(db),
      series_(series),
      direction_(range.direction),
      keys_(series, range),
      open_end_(ReadBigEndian32(keys_.last) != series),
      snapshot_(&db),
      options_(OptionsOf(snapshot_.snapshot(), range)),
      blocks_(db, series, options_),
      at_(direction_ == Direction::kForward ? keys_.first : keys_.last) {}

TradePieces::Piece TradePieces::Next() {
    rows_.reset();
    if (status_.ok()) {
        piece_ = direction_ == Direction::kForward ? NextForward() : NextBackward();
    }
    if (!status_.ok()) piece_ = Piece::kNone;
    return piece_;
}

// Takes the block in that blocks_ stands on; false at an error.
bool TradePieces::Look() {
    held_.reset();
    status_ = blocks_.status();
    if (!blocks_.OnBlock()) return status_.ok();
    const std::string_view end = EndOfBlock(blocks_.bytes());
    if (end <= blocks_.from()) {
        status_ = absl::DataLossError("a stored block of trades does not parse");
        return false;
    }
    held_.emplace();
    layout::EventKey(series_, blocks_.from(), held_->first);
    layout::EventKey(series_, end, held_->last);
    return true;
}

void TradePieces::FirstForward() {
    blocks_.SeekAtOrBefore(InSeries(at_));
    if (!blocks_.OnBlock()) {
        if (blocks_.status().ok()) blocks_.SeekFirst();
        Look();
    } else if (Look() && held_->last <= at_) {
        blocks_.Next();
        Look();
    }
}

TradePieces::Piece TradePieces::NextForward() {
    if (at_ >= keys_.last) return Piece::kNone;
    if (!std::exchange(begun_, true)) {
        FirstForward();
    } else if (piece_ == Piece::kBlock) {
        blocks_.Next();
        Look();
    }
    if (held_ && held_->first <= at_) {
        at_ = held_->last;
        return Block();
    }
    std::string end = held_ ? std::min(held_->first, keys_.last) : keys_.last;
    std::string begin = std::exchange(at_, end);
    return Rows(std::move(begin), std::move(end));
}

void TradePieces::FirstBackward() {
    if (open_end_) {
        blocks_.SeekLast();
    } else {
        blocks_.SeekAtOrBefore(InSeries(at_));
        if (blocks_.OnBlock() && blocks_.from() == InSeries(at_)) blocks_.Prev();
    }
    Look();
}

TradePieces::Piece TradePieces::NextBackward() {
    if (at_ <= keys_.first) return Piece::kNone;
    if (!std::exchange(begun_, true)) {
        FirstBackward();
    } else if (piece_ == Piece::kBlock) {
        blocks_.Prev();
        Look();
    }
    if (held_ && held_->last >= at_) {
        at_ = held_->first;
        return Block();
    }
    std::string begin = held_ ? std::max(held_->last, keys_.first) : keys_.first;
    std::string end = std::exchange(at_, begin);
    return Rows(std::move(begin), std::move(end));
}

TradePieces::Piece TradePieces::Rows(std::string first, std::string last) {
    rows_.emplace(db_, KeyRange(std::move(first), std::move(last)), direction_, options_);
    return Piece::kRows;
}

TradePieces::Piece TradePieces::Block() {
    const bool begins = held_->first >= keys_.first;
    const bool ends = held_->last <= keys_.last;
    wanted_.from = begins ? std::string() : std::string(InSeries(keys_.first));
    wanted_.end = ends ? std::string() : std::string(InSeries(keys_.last));
    return Piece::kBlock;
}

}  // namespace mp::storage
