#pragma once
// RocksDB's errors as ours.

#include <rocksdb/status.h>
#include <string_view>

#include "base/status.hpp"

namespace mp::storage {

// ResourceExhausted: no space. DataLoss: damaged. Unavailable: any other failure to read or write.
Status FromRocks(const rocksdb::Status& status, std::string_view doing);

}  // namespace mp::storage
