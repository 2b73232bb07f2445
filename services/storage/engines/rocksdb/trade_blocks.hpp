#pragma once
// Which stretches of trades are stored as blocks too. A block goes in the very batch of writes that
// changes what it holds, so that a block which is there is that of the current rows (ADR 0083). All
// calls under the engine's write lock.

#include <cstdint>
#include <optional>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.hpp"
#include "base/time.hpp"
#include "storage/engines/rocksdb/series_table.hpp"

namespace mp::storage {

// Keys inside a series: [from, end).
struct Stretch {
    std::string from;
    std::string end;

    bool Holds(std::string_view key) const { return from <= key && key < end; }
};

class TradeBlocks {
  public:
    TradeBlocks(rocksdb::DB& db, const Clock& clock) : db_(db), clock_(clock) {}

    // A batch of writes begins; that before is written or given up.
    void Begin() { looked_at_.reset(); }
    // The trade under `key` is written or deleted by `writes`: a block that holds it goes, and
    // leaves a hole.
    Status Drop(SeriesState& state, std::string_view key, rocksdb::WriteBatch& writes);

    // From now on it is noticed what is written behind `from`.
    void Watch(SeriesId series, std::string_view from);
    // Whether nothing was, in front of `end`, since the Watch.
    bool Untouched(std::string_view end) const { return !touched_ || *touched_ >= end; }

    // Adds the block of a stretch that is watched and Untouched. `hole`: in which it lies; what is
    // left of it. Null: in none.
    Status Put(SeriesState& state, const Stretch& stretch, const std::string& block, Stretch* hole);
    // Nothing more is to be packed there.
    Status Forget(SeriesId series, const Stretch& hole);

    // Where the last block ends; empty: there is none.
    Result<std::string_view> EndOf(SeriesState& state);
    // The stretch around `key` that a block holds, or that none holds (its `end` is empty where no
    // block follows).
    Result<std::pair<Stretch, bool>> Around(SeriesId series, std::string_view key) const;

    // Dropped since the last call.
    uint64_t TakeDropped() { return std::exchange(dropped_, 0); }

  private:
    void PutHole(SeriesId series, const Stretch& hole, rocksdb::WriteBatch& writes) const;

    rocksdb::DB& db_;
    const Clock& clock_;

    // Of the batch at hand: a stretch that needs no second look.
    std::optional<std::pair<SeriesId, Stretch>> looked_at_;
    SeriesId watched_ = 0;  // 0: none
    std::string watched_from_;
    std::optional<std::string> touched_;  // the smallest key written
    uint64_t dropped_ = 0;
};

}  // namespace mp::storage
