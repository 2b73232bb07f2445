#pragma once
// A range of a series of trades as it lies in the store, piece by piece: blocks, and the rows
// between them. No piece of rows reaches into a block: where it lies rows were deleted, and passing
// over what is left of them costs as much as reading them. Not thread-safe.

#include <cstdint>
#include <optional>
#include <rocksdb/db.h>
#include <string>
#include <string_view>

#include "storage/engine.hpp"
#include "storage/engines/rocksdb/block_cursor.hpp"
#include "storage/engines/rocksdb/cursor.hpp"
#include "storage/engines/rocksdb/stretch.hpp"

namespace mp::storage {

class TradePieces {
  public:
    enum class Piece : uint8_t { kNone, kRows, kBlock };

    // All pieces are of the moment of the call.
    TradePieces(rocksdb::DB& db, SeriesId series, const ScanRange& range);

    // The next piece in the direction of the scan; kNone at the end or at an error, and at every
    // call after that.
    Piece Next();
    const Status& status() const { return status_; }

    // All valid until the next call of Next.
    RocksCursor& rows() { return *rows_; }
    const RocksCursor& rows() const { return *rows_; }
    std::string_view block() const { return blocks_.bytes(); }
    std::string_view block_from() const { return blocks_.from(); }
    // What of the block lies in the range; all of it: all time.
    const Stretch& wanted() const { return wanted_; }

  private:
    // Where the block lies on which blocks_ stands, as keys of rows.
    struct Held {
        std::string first;
        std::string last;
    };

    Piece NextForward();
    Piece NextBackward();
    void FirstForward();
    void FirstBackward();
    bool Look();
    Piece Rows(std::string first, std::string last);
    Piece Block();

    rocksdb::DB& db_;
    const SeriesId series_;
    const Direction direction_;
    const KeyRange keys_;
    const bool open_end_;  // keys_.last is no key of the series
    rocksdb::ManagedSnapshot snapshot_;
    rocksdb::ReadOptions options_;
    BlockCursor blocks_;
    std::optional<RocksCursor> rows_;

    Piece piece_ = Piece::kNone;
    bool begun_ = false;
    std::string at_;  // what is in front of it, in the scan's direction, was given
    std::optional<Held> held_;
    Stretch wanted_;
    Status status_;
};

}  // namespace mp::storage
