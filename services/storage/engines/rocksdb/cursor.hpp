#pragma once
// A RocksDB iterator over one series.

#include <memory>
#include <rocksdb/db.h>
#include <string>
#include <string_view>

#include "storage/engine.hpp"

namespace mp::storage {

class RocksCursor final : public Cursor {
  public:
    RocksCursor(rocksdb::DB& db, SeriesId series, const ScanRange& range);

    bool Next() override;
    Status status() const override;
    std::string_view key() const override;
    std::string_view event() const override;

  private:
    void Start();

    const Direction direction_;
    std::string first_;  // inclusive
    std::string last_;   // exclusive
    rocksdb::Slice lower_;
    rocksdb::Slice upper_;
    std::unique_ptr<rocksdb::Iterator> rows_;
    bool started_ = false;
};

}  // namespace mp::storage
