#include "storage/engines/rocksdb/block_cursor.hpp"

#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/status.hpp"

namespace mp::storage {

BlockCursor::BlockCursor(rocksdb::DB& db, SeriesId series, rocksdb::ReadOptions options)
    : series_(series) {
    layout::BlockKey(series, "", lower_);
    layout::BlockKey(series + 1, "", upper_);
    lower_bound_ = lower_;
    upper_bound_ = upper_;
    options.iterate_lower_bound = &lower_bound_;
    options.iterate_upper_bound = &upper_bound_;
    blocks_.reset(db.NewIterator(options));
}

void BlockCursor::SeekAtOrBefore(std::string_view key) {
    layout::BlockKey(series_, key, sought_);
    blocks_->SeekForPrev(sought_);
}

void BlockCursor::SeekBehind(std::string_view key) {
    layout::BlockKey(series_, key, sought_);
    sought_ += '\0';
    blocks_->Seek(sought_);
}

Status BlockCursor::status() const {
    return FromRocks(blocks_->status(), "looking for a block of trades");
}

std::string_view BlockCursor::from() const {
    return blocks_->key().ToStringView().substr(layout::kIdSize);
}

}  // namespace mp::storage
