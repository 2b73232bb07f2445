#pragma once
// The ceiling: RocksDB with the engine's own options, given the engine's own rows, and nothing
// else.

#include <filesystem>
#include <memory>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <string>
#include <string_view>

namespace mp::bench {

// Ends the process where RocksDB fails.
class RawStore {
  public:
    explicit RawStore(const std::filesystem::path& path);

    void Put(uint32_t series, std::string_view key, std::string_view value);
    void Commit();
    void Settle();  // everything in its last file
    uint64_t Bytes() const;

    // Rows of a series from `key` on, at most `limit`; the bytes of their values.
    size_t Scan(uint32_t series, std::string_view key, size_t limit, bool bulk) const;

  private:
    std::unique_ptr<rocksdb::DB> db_;
    rocksdb::WriteBatch batch_;
    std::string key_;
};

}  // namespace mp::bench
