#include "storage/engines/rocksdb/cursor.hpp"

#include <algorithm>
#include <limits>

#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/status.hpp"

namespace mp::storage {

KeyRange::KeyRange(SeriesId series, const ScanRange& range)
    : first(layout::TimeKey(series, range.time.from)) {
    // The end of time is a time like others: everything of the series lies before the next one.
    last = range.time.to == std::numeric_limits<Nanos>::max()
               ? layout::TimeKey(series + 1, std::numeric_limits<Nanos>::min())
               : layout::TimeKey(series, range.time.to);
    if (range.after.empty()) return;
    std::string after;
    layout::EventKey(series, range.after, after);
    if (range.direction == Direction::kForward) {
        after += '\0';  // the smallest key behind it
        first = std::max(first, after);
    } else {
        last = std::min(last, after);
    }
}

rocksdb::ReadOptions ReadOptionsOf(const ScanRange& range) {
    rocksdb::ReadOptions options;
    options.fill_cache = !range.bulk;
    if (range.bulk) options.readahead_size = 512u << 10;
    return options;
}

RocksCursor::RocksCursor(rocksdb::DB& db, SeriesId series, const ScanRange& range)
    : RocksCursor(db, KeyRange(series, range), range.direction, ReadOptionsOf(range)) {}

RocksCursor::RocksCursor(
    rocksdb::DB& db, KeyRange keys, Direction direction, rocksdb::ReadOptions options
)
    : direction_(direction), keys_(std::move(keys)), lower_(keys_.first), upper_(keys_.last) {
    options.iterate_lower_bound = &lower_;
    options.iterate_upper_bound = &upper_;
    if (keys_.first < keys_.last) rows_.reset(db.NewIterator(options));
}

void RocksCursor::Start() {
    started_ = true;
    if (direction_ == Direction::kForward) {
        rows_->Seek(lower_);
    } else {
        rows_->SeekForPrev(upper_);
    }
}

bool RocksCursor::Next() {
    if (rows_ == nullptr) return false;
    if (!started_) {
        Start();
    } else if (!rows_->Valid()) {
        return false;  // the end: going on from there is undefined
    } else if (direction_ == Direction::kForward) {
        rows_->Next();
    } else {
        rows_->Prev();
    }
    return rows_->Valid();
}

Status RocksCursor::status() const {
    return rows_ == nullptr ? OkStatus() : FromRocks(rows_->status(), "reading");
}

std::string_view RocksCursor::key() const {
    const rocksdb::Slice key = rows_->key();
    return {key.data() + layout::kIdSize, key.size() - layout::kIdSize};
}

std::string_view RocksCursor::event() const {
    const rocksdb::Slice value = rows_->value();
    return {value.data(), value.size()};
}

}  // namespace mp::storage
