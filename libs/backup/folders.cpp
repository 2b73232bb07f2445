#include "backup/folders.hpp"

#include <algorithm>
#include <fcntl.h>
#include <rocksdb/env.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace mp::backup {
namespace {

namespace fs = std::filesystem;

constexpr char kHeld[] = "LOCK";  // as RocksDB calls it in a store

fs::path Resolved(const fs::path& path) {
    std::error_code error;
    fs::path resolved = fs::weakly_canonical(path, error);
    if (error) resolved = fs::absolute(path, error).lexically_normal();
    return resolved.has_filename() ? resolved : resolved.parent_path();
}

// Who holds a file's lock; 0: nobody. The way RocksDB locks a store.
pid_t HolderOf(const fs::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return 0;
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const bool asked = ::fcntl(descriptor, F_GETLK, &lock) == 0;
    ::close(descriptor);
    return asked && lock.l_type != F_UNLCK ? lock.l_pid : 0;
}

bool IsEmpty(const fs::path& folder) {
    std::error_code error;
    return fs::is_empty(folder, error) && !error;
}

// Of a backup that ended before it began. A store has such a file too, beside others.
bool HoldsOnly(const fs::path& folder, const char* name) {
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    if (error || entry == fs::directory_iterator() || entry->path().filename() != name) {
        return false;
    }
    return entry.increment(error) == fs::directory_iterator() && !error;
}

class HeldByRocks final : public HeldFile {
  public:
    explicit HeldByRocks(rocksdb::FileLock* lock) : lock_(lock) {}
    ~HeldByRocks() override { rocksdb::Env::Default()->UnlockFile(lock_).PermitUncheckedError(); }
    HeldByRocks(const HeldByRocks&) = delete;
    HeldByRocks& operator=(const HeldByRocks&) = delete;

  private:
    rocksdb::FileLock* const lock_;
};

std::string MiB(uint64_t bytes) {
    return std::to_string((bytes + (1u << 20) - 1) >> 20) + " MiB";
}

}  // namespace

bool LiesIn(const fs::path& path, const fs::path& folder) {
    const fs::path inner = Resolved(path);
    const fs::path outer = Resolved(folder);
    const auto [end, ignored] =
        std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
    return end == outer.end();
}

Status CheckBackupFolder(const fs::path& to, const fs::path& store) {
    if (!to.is_absolute()) {
        return absl::InvalidArgumentError("to: must be a full path: " + to.string());
    }
    if (LiesIn(to, store)) {
        return absl::InvalidArgumentError(
            "to: " + to.string() + " lies inside the store " + store.string() +
            ", and would be lost with it: name a folder elsewhere"
        );
    }
    std::error_code error;
    if (!fs::exists(to, error)) return OkStatus();
    if (!fs::is_directory(to, error)) {
        return absl::FailedPreconditionError(to.string() + " is no folder");
    }
    if (IsEmpty(to) || fs::is_directory(to / "meta", error) || HoldsOnly(to, kHeld)) {
        return OkStatus();
    }
    return absl::FailedPreconditionError(
        to.string() + " holds something else than backups: name an empty folder, or a new one"
    );
}

namespace {

// Whether a folder that was made beside it can take its place.
bool IsPlain(const fs::path& folder) {
    std::error_code error;
    const fs::path path = fs::absolute(folder).lexically_normal();
    const fs::path itself = path.has_filename() ? path : path.parent_path();
    struct stat own {};
    struct stat parent {};
    return !fs::is_symlink(itself, error) && ::stat(itself.c_str(), &own) == 0 &&
           ::stat(itself.parent_path().c_str(), &parent) == 0 && own.st_dev == parent.st_dev;
}

}  // namespace

Status CheckStoreFolder(const fs::path& to) {
    std::error_code error;
    if (!fs::exists(to, error)) return OkStatus();
    if (!fs::is_directory(to, error)) {
        return absl::FailedPreconditionError(to.string() + " is no folder");
    }
    if (const pid_t holder = HolderOf(to / kHeld); holder != 0) {
        return absl::FailedPreconditionError(
            "process " + std::to_string(holder) + " has the store " + to.string() +
            " open: stop it, and restore into a new folder"
        );
    }
    if (IsEmpty(to) && IsPlain(to)) return OkStatus();
    if (IsEmpty(to)) {
        return absl::FailedPreconditionError(
            to.string() +
            " is a link or a volume of its own, which cannot be replaced: restore "
            "into a new folder inside it"
        );
    }
    return absl::FailedPreconditionError(
        to.string() + " is not empty: restore into a new folder, or move away what lies there"
    );
}

Status CheckRoom(const fs::path& folder, uint64_t bytes, uint64_t kept_free) {
    std::error_code error;
    const auto space = fs::space(folder, error);
    if (error) {
        return absl::UnavailableError(
            "asking for room in " + folder.string() + ": " + error.message()
        );
    }
    if (space.available >= kept_free && space.available - kept_free >= bytes) return OkStatus();
    return absl::ResourceExhaustedError(
        "not enough room in " + folder.string() + ": " + MiB(bytes) + " are needed, " +
        MiB(space.available) + " are free" +
        (kept_free > 0 ? ", of which " + MiB(kept_free) + " are kept free" : "")
    );
}

Result<std::unique_ptr<HeldFile>> HeldFile::Take(const fs::path& file, const std::string& busy) {
    rocksdb::FileLock* lock = nullptr;
    const rocksdb::Status taken = rocksdb::Env::Default()->LockFile(file.string(), &lock);
    if (taken.ok()) return std::unique_ptr<HeldFile>(std::make_unique<HeldByRocks>(lock));
    std::error_code error;
    if (!fs::exists(file, error)) {
        return absl::PermissionDeniedError("cannot write to " + file.parent_path().string());
    }
    return absl::FailedPreconditionError(busy);
}

}  // namespace mp::backup
