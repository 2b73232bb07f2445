#pragma once
// A file that only its owner may read, always whole: readers see the old text or the new one.

#include <filesystem>
#include <string>
#include <string_view>

#include "base/status.hpp"

namespace mp::auth {

// Writes beside the file, syncs and renames. Mode 0600; missing directories are made (0700).
Status ReplaceFile(const std::filesystem::path& path, std::string_view text);

// NotFound where there is none.
Result<std::string> ReadWholeFile(const std::filesystem::path& path);

// Held until destroyed: others who take the lock of the same path wait, for at most some seconds
// (Unavailable then).
class FileLock {
  public:
    static Result<FileLock> Take(const std::filesystem::path& path);
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&&) = delete;
    ~FileLock();

  private:
    explicit FileLock(int file) : file_(file) {}

    int file_;
};

}  // namespace mp::auth
