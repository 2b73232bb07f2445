#pragma once
// RocksDB's errors as ours. Inside libs/backup only.

#include <string_view>

#include "base/status.hpp"

namespace rocksdb {
class Status;
}

namespace mp::backup {

// ResourceExhausted: no space. DataLoss: damaged. Cancelled: stopped on request. Unavailable: any
// other failure to read or write.
Status FromRocks(const rocksdb::Status& status, std::string_view doing);

}  // namespace mp::backup
