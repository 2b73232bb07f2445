#pragma once
// Backs up an open store into a folder, beside whoever writes to it. Each backup is a whole store
// of one moment; tables that an earlier one has are shared with it, so that a further one costs
// what is new. Every file has its checksum.

#include <cstdint>
#include <filesystem>
#include <functional>

#include "backup/label.hpp"
#include "base/status.hpp"

namespace rocksdb {
class DB;
class Env;
}  // namespace rocksdb

namespace mp::backup {

struct MakeOptions {
    std::filesystem::path to;     // a full path; made where it is missing
    uint64_t kept_free = 0;       // room that the disk of `to` keeps
    uint32_t keep = 0;            // the newest so many stay; 0: all
    rocksdb::Env* env = nullptr;  // the tests' faulty disks; null: the system's
};

struct Made {
    uint32_t id = 0;            // ascending inside the folder
    uint64_t bytes = 0;         // of this backup, what it shares included
    uint64_t copied_bytes = 0;  // about so many of them are new
    uint32_t files = 0;
    Status purged;  // why older backups that should go are still there
};

// 0..1, from a thread of RocksDB's; false asks to stop.
using OnProgress = std::function<bool(double fraction)>;

// Blocks for as long as the copying takes: megabytes to terabytes. Rows in memory are flushed
// first, so nothing is lost that was committed when it began. Where it fails or is stopped nothing
// of it stays. One at a time into one folder.
//
// InvalidArgument: `to` is no full path, or inside the store. FailedPrecondition: something else
// lies there, or another backup is being made. ResourceExhausted: not enough room. Cancelled: asked
// to stop. PermissionDenied, Unavailable: the folder cannot be written to.
Result<Made> Make(
    rocksdb::DB& db, const Label& label, const MakeOptions& options, const OnProgress& on_progress
);

}  // namespace mp::backup
