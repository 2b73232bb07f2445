#pragma once
// The blocks of one series. Keys are those inside the series. Not thread-safe.

#include <memory>
#include <rocksdb/db.h>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "storage/append_batch.hpp"

namespace mp::storage {

class BlockCursor {
  public:
    BlockCursor(rocksdb::DB& db, SeriesId series, rocksdb::ReadOptions options);
    BlockCursor(const BlockCursor&) = delete;
    BlockCursor& operator=(const BlockCursor&) = delete;

    void SeekAtOrBefore(std::string_view key);
    void SeekBehind(std::string_view key);
    void SeekFirst() { blocks_->SeekToFirst(); }
    void SeekLast() { blocks_->SeekToLast(); }
    // Only where it stands on a block.
    void Next() { blocks_->Next(); }
    void Prev() { blocks_->Prev(); }

    // False behind the last block and in front of the first one, and after an error.
    bool OnBlock() const { return blocks_->Valid(); }
    Status status() const;

    // Of the block that it stands on; valid until it moves.
    std::string_view from() const;
    std::string_view bytes() const { return blocks_->value().ToStringView(); }

  private:
    const SeriesId series_;
    std::string lower_;
    std::string upper_;
    rocksdb::Slice lower_bound_;
    rocksdb::Slice upper_bound_;
    std::string sought_;
    std::unique_ptr<rocksdb::Iterator> blocks_;
};

}  // namespace mp::storage
