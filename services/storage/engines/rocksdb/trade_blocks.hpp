#pragma once
// Which stretches of trades are stored as blocks, in place of their rows (ADR 0088). All calls
// under the engine's write lock.

#include <cstdint>
#include <optional>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.hpp"
#include "base/time.hpp"
#include "storage/engines/rocksdb/event_rows.hpp"
#include "storage/engines/rocksdb/series_table.hpp"
#include "storage/engines/rocksdb/stretch.hpp"

namespace mp::storage {

class TradeBlocks {
  public:
    TradeBlocks(rocksdb::DB& db, const Clock& clock) : db_(db), clock_(clock) {}

    // The event that a block holds under `key`, valid until the next call; nothing where none does.
    Result<std::optional<std::string_view>> Find(SeriesState& state, std::string_view key);

    // The trade under `key` is about to be written or deleted as a row: a block that holds it
    // becomes rows at once, and leaves a hole.
    Status Unpack(SeriesState& state, std::string_view key);
    // All trades of the block that begins with `from` go with `writes`.
    void Delete(SeriesId series, std::string_view from, rocksdb::WriteBatch& writes);

    // From now on it is noticed what is written or deleted behind `from`.
    void Watch(SeriesId series, std::string_view from);
    // Whether nothing was, in front of `end`, since the Watch.
    bool Untouched(std::string_view end) const { return !touched_ || *touched_ >= end; }

    // Stores the block of a stretch that is watched and Untouched in place of its `rows`. `hole`:
    // in which it lies; what is left of it. Null: in none.
    Status Put(
        SeriesState& state,
        const Stretch& stretch,
        const std::string& block,
        const EventRows& rows,
        Stretch* hole
    );
    // Nothing more is to be packed there.
    Status Forget(SeriesId series, const Stretch& hole);

    // Where the last block ends; empty: there is none.
    Result<std::string_view> EndOf(SeriesState& state);
    // The stretch around `key` that a block holds, or that none holds (its `end` is empty where no
    // block follows).
    Result<std::pair<Stretch, bool>> Around(SeriesState& state, std::string_view key);

    // Blocks that became rows since the last call.
    uint64_t TakeUnpacked() { return std::exchange(unpacked_, 0); }

  private:
    // The stretch looked at last: what comes again or late comes in crowds.
    struct Seen {
        SeriesId series = 0;
        Stretch stretch;
        std::optional<std::string> block;
        bool unpacked = false;  // into rows_
    };

    Result<Seen*> Look(SeriesState& state, std::string_view key);
    Status UnpackSeen();
    void Touch(SeriesId series, std::string_view key);
    void PutHole(SeriesId series, const Stretch& hole, rocksdb::WriteBatch& writes) const;

    rocksdb::DB& db_;
    const Clock& clock_;

    std::optional<Seen> seen_;
    EventRows rows_;
    SeriesId watched_ = 0;  // 0: none
    std::string watched_from_;
    std::optional<std::string> touched_;  // the smallest key
    uint64_t unpacked_ = 0;
};

}  // namespace mp::storage
