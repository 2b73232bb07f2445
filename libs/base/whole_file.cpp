#include "base/whole_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>

namespace mp {
namespace {

namespace fs = std::filesystem;

Status CannotWrite(const fs::path& path) {
    return absl::ErrnoToStatus(errno, "cannot write " + path.string());
}

}  // namespace

Status WriteWholeFile(const fs::path& path, std::string_view text) {
    std::error_code ignored;
    fs::create_directories(path.parent_path(), ignored);
    const fs::path fresh = path.string() + ".new";
    const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return CannotWrite(fresh);
    const bool written =
        write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        fsync(file) == 0;
    const Status status = written ? OkStatus() : CannotWrite(fresh);
    close(file);
    if (!status.ok()) return status;
    if (rename(fresh.c_str(), path.c_str()) != 0) return CannotWrite(path);
    return SyncFolder(fs::absolute(path).parent_path());
}

Status SyncFolder(const fs::path& folder) {
    const int opened = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = opened >= 0 && fsync(opened) == 0;
    const Status status =
        synced ? OkStatus() : absl::ErrnoToStatus(errno, "cannot sync " + folder.string());
    if (opened >= 0) close(opened);
    return status;
}

}  // namespace mp
