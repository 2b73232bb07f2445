#include "storage/engines/rocksdb/status.hpp"

#include <string>

namespace mp::storage {

Status FromRocks(const rocksdb::Status& status, std::string_view doing) {
    if (status.ok()) return OkStatus();
    const std::string message = std::string(doing) + ": " + status.ToString();
    if (status.IsNoSpace()) return absl::ResourceExhaustedError(message);
    if (status.IsCorruption()) return absl::DataLossError(message);
    if (status.IsIOError() || status.IsIncomplete() || status.IsBusy() || status.IsTimedOut()) {
        return absl::UnavailableError(message);
    }
    return absl::InternalError(message);
}

}  // namespace mp::storage
