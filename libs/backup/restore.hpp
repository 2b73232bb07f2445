#pragma once
// Looks at backups and makes stores of them again. Needs no running service. Any thread; blocks on
// the disk.

#include <cstdint>
#include <filesystem>
#include <vector>

#include "backup/label.hpp"
#include "base/status.hpp"
#include "base/time.hpp"

namespace mp::backup {

struct Backup {
    uint32_t id = 0;
    Nanos made = 0;  // to the second
    uint64_t bytes = 0;
    uint32_t files = 0;
    Label label;
};

struct Backups {
    std::vector<Backup> sound;      // by id: the newest last
    std::vector<uint32_t> damaged;  // files are missing
    std::vector<uint32_t> foreign;  // another program's
};

// NotFound where the folder has no backups.
Result<Backups> List(const std::filesystem::path& from);

struct RestoreOptions {
    std::filesystem::path from;
    std::filesystem::path to;  // is not there yet, or empty
    uint32_t id = 0;           // 0: the newest
};

// Copies the backup beside `to`, checking every checksum, and moves it there when it is whole: what
// fails leaves nothing. The backup is not changed.
//
// NotFound: no such backup. DataLoss: it is damaged. FailedPrecondition: it is no store's or a
// newer program's, `to` is in use or not empty, or another restore into it runs. ResourceExhausted:
// not enough room. InvalidArgument: one folder lies in the other.
Result<Backup> Restore(const RestoreOptions& options);

}  // namespace mp::backup
