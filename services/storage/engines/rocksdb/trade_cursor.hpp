#pragma once
// Trades out of the blocks of a series, and out of its rows where no block is. Not thread-safe.

#include <cstddef>
#include <rocksdb/db.h>
#include <string>
#include <string_view>

#include "storage/engine.hpp"
#include "storage/engines/rocksdb/event_rows.hpp"
#include "storage/engines/rocksdb/trade_block.hpp"
#include "storage/engines/rocksdb/trade_pieces.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {

// As far as columns tell of them.
class RocksTradeCursor final : public TradeCursor {
  public:
    // Forward only.
    RocksTradeCursor(rocksdb::DB& db, SeriesId series, const ScanRange& range);

    bool Next() override;
    Status status() const override { return status_; }
    std::string_view key() const override { return key_; }
    const wire::TradeRow& trade() const override { return trade_; }

  private:
    bool NextPiece();
    bool NextOfBlock();
    bool NextOfRows();
    void MakeKey();

    TradePieces pieces_;
    TradePieces::Piece piece_ = TradePieces::Piece::kNone;
    bool ended_ = false;
    TradeBlockReader block_;
    bool whole_ = false;  // all of the block is in the range
    wire::EventDecoder decoder_;
    model::Event event_;
    wire::TradeRow trade_;
    std::string key_;
    Status status_;
};

// Their events.
class TradeEventCursor final : public Cursor {
  public:
    TradeEventCursor(rocksdb::DB& db, SeriesId series, const ScanRange& range);

    bool Next() override;
    Status status() const override { return status_; }
    std::string_view key() const override;
    std::string_view event() const override;

    // The first key of the block that holds the row, and how many trades are in it; empty: none
    // does.
    std::string_view block() const;
    size_t block_size() const { return block_size_; }

  private:
    bool NextPiece();

    const Direction direction_;
    TradePieces pieces_;
    TradePieces::Piece piece_ = TradePieces::Piece::kNone;
    bool ended_ = false;
    EventRows unpacked_;  // of the block, what is in the range
    size_t block_size_ = 0;
    size_t given_ = 0;
    size_t row_ = 0;
    Status status_;
};

}  // namespace mp::storage
