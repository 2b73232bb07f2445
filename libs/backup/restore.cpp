#include "backup/restore.hpp"

#include <algorithm>
#include <memory>
#include <rocksdb/utilities/backup_engine.h>
#include <string>
#include <system_error>
#include <utility>

#include "backup/folders.hpp"
#include "backup/status.hpp"
#include "base/whole_file.hpp"

namespace mp::backup {
namespace {

namespace fs = std::filesystem;

using Reader = std::unique_ptr<rocksdb::BackupEngineReadOnly>;

Result<Reader> OpenFolder(const fs::path& from) {
    std::error_code error;
    // RocksDB would make what is missing.
    if (!fs::is_directory(from / "meta", error)) {
        return absl::NotFoundError("there are no backups in " + from.string());
    }
    rocksdb::BackupEngineReadOnly* raw = nullptr;
    const rocksdb::IOStatus opened = rocksdb::BackupEngineReadOnly::Open(
        rocksdb::BackupEngineOptions(from.string()), rocksdb::Env::Default(), &raw
    );
    if (!opened.ok()) return FromRocks(opened, "opening the backups in " + from.string());
    return Reader(raw);
}

Result<Backup> BackupOf(const rocksdb::BackupInfo& info) {
    Result<Label> label = DecodeLabel(info.app_metadata);
    if (!label.ok()) {
        return Annotate(label.status(), "backup " + std::to_string(info.backup_id));
    }
    return Backup{
        info.backup_id, info.timestamp * kSecond, info.size, info.number_files, *std::move(label)};
}

Result<Backups> ListIn(const rocksdb::BackupEngineReadOnly& reader, const fs::path& from) {
    std::vector<rocksdb::BackupInfo> infos;
    reader.GetBackupInfo(&infos);
    Backups backups;
    for (const rocksdb::BackupInfo& info : infos) {
        Result<Backup> backup = BackupOf(info);
        if (backup.ok()) {
            backups.sound.push_back(*std::move(backup));
        } else {
            backups.foreign.push_back(info.backup_id);
        }
    }
    reader.GetCorruptedBackups(&backups.damaged);
    if (backups.sound.empty() && backups.damaged.empty() && backups.foreign.empty()) {
        return absl::NotFoundError("there are no backups in " + from.string());
    }
    return backups;
}

Status Damaged(uint32_t id, const Backups& backups) {
    std::string advice = ": none before it is left";
    for (const Backup& other : backups.sound) {
        if (other.id < id) advice = ": --backup " + std::to_string(other.id) + " is an older one";
    }
    return absl::DataLossError("backup " + std::to_string(id) + " is damaged" + advice);
}

// The one asked for. An older one in the place of the newest is nothing to be done silently.
Result<Backup> Choose(const Backups& backups, uint32_t id) {
    uint32_t wanted = id;
    if (id == 0) {
        for (const Backup& backup : backups.sound) wanted = std::max(wanted, backup.id);
        for (const uint32_t damaged : backups.damaged) wanted = std::max(wanted, damaged);
    }
    for (const Backup& backup : backups.sound) {
        if (backup.id == wanted) return backup;
    }
    for (const uint32_t damaged : backups.damaged) {
        if (damaged == wanted) return Damaged(wanted, backups);
    }
    for (const uint32_t foreign : backups.foreign) {
        if (foreign != wanted && wanted != 0) continue;
        return absl::FailedPreconditionError(
            "backup " + std::to_string(foreign) + " is no backup of a MarketPrism store"
        );
    }
    return absl::NotFoundError("there is no backup " + std::to_string(wanted));
}

Status CheckFolders(const RestoreOptions& options) {
    if (LiesIn(options.to, options.from) || LiesIn(options.from, options.to)) {
        return absl::InvalidArgumentError(
            "--to and --from must not lie in each other: " + options.to.string() + ", " +
            options.from.string()
        );
    }
    MP_RETURN_IF_ERROR(CheckStoreFolder(options.to));
    std::error_code error;
    fs::create_directories(fs::absolute(options.to).parent_path(), error);
    if (!error) return OkStatus();
    return absl::PermissionDeniedError(
        "cannot create " + options.to.parent_path().string() + ": " + error.message()
    );
}

// The way to `to` while it is not whole.
fs::path Beside(const fs::path& to, const char* suffix) {
    fs::path path = fs::absolute(to).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    path += suffix;
    return path;
}

// Where one file fails, the reader's threads may still be writing others: they end with it.
Status Copy(Reader reader, const Backup& backup, const Backups& backups, const fs::path& to) {
    const rocksdb::IOStatus copied =
        reader->RestoreDBFromBackup(rocksdb::RestoreOptions(), backup.id, to.string(), to.string());
    reader.reset();
    if (copied.ok()) return OkStatus();
    if (copied.IsCorruption()) {
        return Annotate(Damaged(backup.id, backups), copied.ToString());
    }
    return FromRocks(copied, "restoring backup " + std::to_string(backup.id));
}

}  // namespace

Result<Backups> List(const fs::path& from) {
    const Result<Reader> reader = OpenFolder(from);
    if (!reader.ok()) return reader.status();
    return ListIn(**reader, from);
}

Result<Backup> Restore(const RestoreOptions& options) {
    Result<Reader> reader = OpenFolder(options.from);
    if (!reader.ok()) return reader.status();
    const Result<Backups> backups = ListIn(**reader, options.from);
    if (!backups.ok()) return backups.status();
    Result<Backup> backup = Choose(*backups, options.id);
    if (!backup.ok()) return backup.status();
    MP_RETURN_IF_ERROR(CheckSchema(backup->label));
    MP_RETURN_IF_ERROR(CheckFolders(options));

    const fs::path lock = Beside(options.to, ".restoring.lock");
    const fs::path half = Beside(options.to, ".restoring");
    auto held =
        HeldFile::Take(lock, "another restore into " + options.to.string() + " is under way");
    if (!held.ok()) return held.status();
    std::error_code error;
    fs::remove_all(half, error);  // of one that died
    MP_RETURN_IF_ERROR(CheckRoom(half.parent_path(), backup->bytes, 0));
    Status done = Copy(*std::move(reader), *backup, *backups, half);
    if (done.ok()) {
        const fs::path whole = Beside(options.to, "");
        fs::rename(half, whole, error);
        if (!error) {
            done = SyncFolder(whole.parent_path());
        } else {
            done = absl::UnavailableError(
                "the store is whole in " + half.string() + " but cannot be moved to " +
                options.to.string() + ": " + error.message()
            );
        }
    } else {
        fs::remove_all(half, error);
    }
    fs::remove(lock, error);
    if (!done.ok()) return done;
    return backup;
}

}  // namespace mp::backup
