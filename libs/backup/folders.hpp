#pragma once
// Whether folders are fit to be written to. Errors say what to do. Any thread; blocks on the disk.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/status.hpp"

namespace mp::backup {

// Whether `path` is `folder` or lies in it, links followed; neither has to exist.
bool LiesIn(const std::filesystem::path& path, const std::filesystem::path& folder);

// Whether backups may be put there. InvalidArgument: no full path, or inside the store.
// FailedPrecondition: something else than backups lies there.
Status CheckBackupFolder(const std::filesystem::path& to, const std::filesystem::path& store);

// Whether a store may be put there: a folder that is not there yet, or an empty one.
// FailedPrecondition, which tells a store in use from one that is not.
Status CheckStoreFolder(const std::filesystem::path& to);

// ResourceExhausted where `folder`, which exists, has less room than `bytes` and `kept_free`.
Status CheckRoom(const std::filesystem::path& folder, uint64_t bytes, uint64_t kept_free);

// A file that one process at a time holds, while the object lives and not beyond its death.
class HeldFile {
  public:
    virtual ~HeldFile() = default;

    // FailedPrecondition with `busy` where somebody has it, in this process or another.
    static Result<std::unique_ptr<HeldFile>> Take(
        const std::filesystem::path& file, const std::string& busy
    );
};

}  // namespace mp::backup
