#include "backup/status.hpp"

#include <rocksdb/status.h>
#include <string>

namespace mp::backup {

Status FromRocks(const rocksdb::Status& status, std::string_view doing) {
    if (status.ok()) return OkStatus();
    const std::string message = std::string(doing) + ": " + status.ToString();
    if (status.IsNoSpace()) return absl::ResourceExhaustedError(message);
    if (status.IsCorruption()) return absl::DataLossError(message);
    if (status.IsIncomplete()) return absl::CancelledError(message);
    return absl::UnavailableError(message);
}

}  // namespace mp::backup
