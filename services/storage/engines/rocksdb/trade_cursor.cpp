#include "storage/engines/rocksdb/trade_cursor.hpp"

#include <optional>

#include "model/identity.hpp"

namespace mp::storage {

using Piece = TradePieces::Piece;

RocksTradeCursor::RocksTradeCursor(rocksdb::DB& db, SeriesId series, const ScanRange& range)
    : pieces_(db, series, range) {}

bool RocksTradeCursor::Next() {
    while (!ended_) {
        if (piece_ == Piece::kBlock && NextOfBlock()) return true;
        if (piece_ == Piece::kRows && NextOfRows()) return true;
        ended_ = !status_.ok() || !NextPiece();
    }
    return false;
}

bool RocksTradeCursor::NextPiece() {
    piece_ = pieces_.Next();
    status_ = pieces_.status();
    if (piece_ == Piece::kBlock) {
        block_.Open(pieces_.block());
        whole_ = pieces_.wanted().from.empty() && pieces_.wanted().end.empty();
    }
    return piece_ != Piece::kNone;
}

void RocksTradeCursor::MakeKey() {
    auto* trade = std::get_if<model::Trade>(&event_.body);
    if (trade == nullptr) trade = &event_.body.emplace<model::Trade>();
    event_.order_ts = trade_.order_ts;
    trade->trade_id = trade_.trade_id;
    trade->id_space = trade_.id_space;
    trade->sequence = trade_.sequence;
    key_.clear();
    model::AppendKey(event_, key_);
}

bool RocksTradeCursor::NextOfBlock() {
    const Stretch& wanted = pieces_.wanted();
    while (block_.Next(trade_)) {
        MakeKey();
        if (whole_ || wanted.Holds(key_)) return true;
        if (key_ >= wanted.from) return false;
    }
    if (!block_.status().ok()) {
        status_ = absl::DataLossError("a stored block of trades does not parse");
    }
    return false;
}

bool RocksTradeCursor::NextOfRows() {
    RocksCursor& rows = pieces_.rows();
    if (!rows.Next()) {
        status_ = rows.status();
        return false;
    }
    const bool decoded = decoder_.Decode(rows.event(), event_).ok();
    const std::optional<wire::TradeRow> trade = decoded ? wire::TradeRowOf(event_) : std::nullopt;
    if (!trade) {
        status_ = absl::DataLossError("a stored trade does not parse");
        return false;
    }
    key_ = rows.key();
    trade_ = *trade;
    return true;
}

TradeEventCursor::TradeEventCursor(rocksdb::DB& db, SeriesId series, const ScanRange& range)
    : direction_(range.direction), pieces_(db, series, range) {}

bool TradeEventCursor::Next() {
    while (!ended_) {
        if (piece_ == Piece::kBlock && given_ < unpacked_.size()) {
            row_ = direction_ == Direction::kForward ? given_ : unpacked_.size() - 1 - given_;
            ++given_;
            return true;
        }
        if (piece_ == Piece::kRows) {
            if (pieces_.rows().Next()) return true;
            status_ = pieces_.rows().status();
        }
        ended_ = !status_.ok() || !NextPiece();
    }
    return false;
}

bool TradeEventCursor::NextPiece() {
    piece_ = pieces_.Next();
    status_ = pieces_.status();
    if (piece_ == Piece::kNone) return false;
    if (piece_ == Piece::kBlock) {
        const Result<size_t> size = UnpackBlock(pieces_.block(), pieces_.wanted(), unpacked_);
        status_ = size.status();
        if (!size.ok()) return false;
        block_size_ = *size;
        given_ = 0;
    }
    return true;
}

std::string_view TradeEventCursor::key() const {
    return piece_ == Piece::kBlock ? unpacked_.key(row_) : pieces_.rows().key();
}

std::string_view TradeEventCursor::event() const {
    return piece_ == Piece::kBlock ? unpacked_.event(row_) : pieces_.rows().event();
}

std::string_view TradeEventCursor::block() const {
    return piece_ == Piece::kBlock ? pieces_.block_from() : std::string_view();
}

}  // namespace mp::storage
