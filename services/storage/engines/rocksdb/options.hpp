#pragma once
// How RocksDB is set up here: bounded memory, one fsync a commit, lz4 above and zstd at the bottom.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <rocksdb/options.h>

#include "storage/engines/rocksdb/open.hpp"

namespace mp::storage {

rocksdb::Options MakeOptions(const RocksConfig& config, std::shared_ptr<rocksdb::Logger> log);

}  // namespace mp::storage
