#pragma once
// A RocksDB iterator over one series.

#include <memory>
#include <rocksdb/db.h>
#include <string>
#include <string_view>
#include <utility>

#include "storage/engine.hpp"

namespace mp::storage {

// What a range means as keys of events: [first, last).
struct KeyRange {
    KeyRange(SeriesId series, const ScanRange& range);
    KeyRange(std::string first_key, std::string last_key)
        : first(std::move(first_key)), last(std::move(last_key)) {}

    std::string first;
    std::string last;
};

// How a range is read.
rocksdb::ReadOptions ReadOptionsOf(const ScanRange& range);

class RocksCursor final : public Cursor {
  public:
    RocksCursor(rocksdb::DB& db, SeriesId series, const ScanRange& range);
    // The bounds of `options` are set.
    RocksCursor(rocksdb::DB& db, KeyRange keys, Direction direction, rocksdb::ReadOptions options);

    bool Next() override;
    Status status() const override;
    std::string_view key() const override;
    std::string_view event() const override;

  private:
    void Start();

    const Direction direction_;
    const KeyRange keys_;
    rocksdb::Slice lower_;
    rocksdb::Slice upper_;
    std::unique_ptr<rocksdb::Iterator> rows_;
    bool started_ = false;
};

}  // namespace mp::storage
