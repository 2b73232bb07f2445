#include "auth/private_file.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "base/deadline.hpp"

namespace mp::auth {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kLockPatience{5};
constexpr mode_t kPrivate = 0600;

Status Failed(const fs::path& path, std::string_view what) {
    const std::string reason = std::strerror(errno);
    const std::string message = path.string() + ": " + std::string(what) + ": " + reason;
    if (errno == EACCES || errno == EPERM) return absl::PermissionDeniedError(message);
    return absl::UnavailableError(message);
}

// Makes what is missing of the file's directory.
Status MakeDirectory(const fs::path& path) {
    const fs::path directory = path.parent_path();
    if (directory.empty()) return OkStatus();
    std::error_code error;
    const bool made = fs::create_directories(directory, error);
    if (error) return absl::UnavailableError(directory.string() + ": " + error.message());
    if (made) fs::permissions(directory, fs::perms::owner_all, error);
    return OkStatus();
}

Status WriteAndSync(int file, const fs::path& path, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0) return Failed(path, "cannot write");
        text.remove_prefix(static_cast<size_t>(written));
    }
    if (::fchmod(file, kPrivate) != 0) return Failed(path, "cannot set its mode");
    if (::fsync(file) != 0) return Failed(path, "cannot sync");
    return OkStatus();
}

}  // namespace

Status ReplaceFile(const fs::path& path, std::string_view text) {
    MP_RETURN_IF_ERROR(MakeDirectory(path));
    std::string draft = path.string() + ".XXXXXX";
    const int file = ::mkostemp(draft.data(), O_CLOEXEC);
    if (file < 0) return Failed(draft, "cannot create");
    Status written = WriteAndSync(file, draft, text);
    ::close(file);
    if (written.ok() && ::rename(draft.c_str(), path.c_str()) != 0) {
        written = Failed(path, "cannot replace");
    }
    if (!written.ok()) ::unlink(draft.c_str());
    return written;
}

Result<std::string> ReadWholeFile(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        if (errno == ENOENT) return absl::NotFoundError(path.string() + ": no such file");
        return Failed(path, "cannot read");
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
}

Result<FileLock> FileLock::Take(const fs::path& path) {
    MP_RETURN_IF_ERROR(MakeDirectory(path));
    const std::string name = path.string() + ".lock";
    const int file = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kPrivate);
    if (file < 0) return Failed(name, "cannot open");
    FileLock lock(file);
    // flock knows no time limit, so it is asked again and again.
    const Deadline deadline = Deadline::After(kLockPatience);
    while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return Failed(name, "cannot lock");
        if (deadline.Passed()) return absl::UnavailableError(name + ": somebody else holds it");
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

FileLock::~FileLock() {
    if (file_ >= 0) ::close(file_);
}

}  // namespace mp::auth
