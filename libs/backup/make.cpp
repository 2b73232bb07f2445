#include "backup/make.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <rocksdb/db.h>
#include <rocksdb/utilities/backup_engine.h>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "backup/folders.hpp"
#include "backup/status.hpp"

namespace mp::backup {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kTellEvery = 1u << 20;  // bytes

// RocksDB calls a shared table "<number>_s<session>_<size>.sst".
std::string NameOf(uint64_t number, uint64_t size) {
    char digits[32];
    std::snprintf(digits, sizeof(digits), "%06llu", static_cast<unsigned long long>(number));
    return std::string(digits) + "_" + std::to_string(size);
}

// The tables that a folder of backups has, as NameOf calls them.
std::set<std::string> TablesIn(const fs::path& folder) {
    std::set<std::string> names;
    std::error_code error;
    for (const auto& file : fs::directory_iterator(folder / "shared_checksum", error)) {
        const std::string name = file.path().stem().string();
        const size_t first = name.find('_');
        const size_t last = name.rfind('_');
        if (first != name.npos) names.insert(name.substr(0, first) + name.substr(last));
    }
    return names;
}

// About as much as has to be copied: tables that are new. Rows in memory become one first.
Result<uint64_t> BytesToCopy(rocksdb::DB& db, const fs::path& folder) {
    rocksdb::FlushOptions gently;
    gently.allow_write_stall = false;
    MP_RETURN_IF_ERROR(FromRocks(db.Flush(gently), "flushing what is in memory"));
    const std::set<std::string> there = TablesIn(folder);
    std::vector<rocksdb::LiveFileMetaData> tables;
    db.GetLiveFilesMetaData(&tables);
    uint64_t bytes = 0;
    for (const rocksdb::LiveFileMetaData& table : tables) {
        if (!there.contains(NameOf(table.file_number, table.size))) bytes += table.size;
    }
    return bytes;
}

Result<std::unique_ptr<rocksdb::BackupEngine>> OpenFolder(const MakeOptions& options) {
    rocksdb::BackupEngineOptions settings(options.to.string(), options.env);
    settings.share_files_with_checksum = true;
    settings.sync = true;
    // What is flushed is whole; the log's end could be torn, since it is being written to.
    settings.backup_log_files = false;
    settings.callback_trigger_interval_size = kTellEvery;
    rocksdb::BackupEngine* raw = nullptr;
    const rocksdb::IOStatus opened =
        rocksdb::BackupEngine::Open(settings, rocksdb::Env::Default(), &raw);
    if (!opened.ok()) return FromRocks(opened, "opening the backups in " + options.to.string());
    return std::unique_ptr<rocksdb::BackupEngine>(raw);
}

Status MakeFolder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (!error) return OkStatus();
    return absl::PermissionDeniedError("cannot create " + folder.string() + ": " + error.message());
}

// Counts what is copied and passes on the wish to stop.
class Copying {
  public:
    Copying(rocksdb::BackupEngine& engine, uint64_t expected, const OnProgress& on_progress)
        : engine_(engine), expected_(std::max<uint64_t>(expected, 1)), on_progress_(on_progress) {}

    void Tick() {
        copied_ += kTellEvery;
        const double fraction = static_cast<double>(copied_) / static_cast<double>(expected_);
        if (!on_progress_(std::min(fraction, 0.99))) engine_.StopBackup();
    }

  private:
    rocksdb::BackupEngine& engine_;
    const uint64_t expected_;
    const OnProgress& on_progress_;
    std::atomic<uint64_t> copied_{0};
};

Result<Made> Create(
    rocksdb::BackupEngine& engine,
    rocksdb::DB& db,
    const Label& label,
    uint64_t expected,
    const OnProgress& on_progress
) {
    Copying copying(engine, expected, on_progress);
    rocksdb::CreateBackupOptions how;
    how.flush_before_backup = true;
    how.progress_callback = [&copying] { copying.Tick(); };
    rocksdb::BackupID id = 0;
    const rocksdb::IOStatus created =
        engine.CreateNewBackupWithMetadata(how, &db, Encode(label), &id);
    if (!created.ok()) {
        engine.GarbageCollect().PermitUncheckedError();
        return FromRocks(created, "making a backup");
    }
    rocksdb::BackupInfo info;
    const rocksdb::Status found = engine.GetBackupInfo(id, &info);
    if (!found.ok()) return FromRocks(found, "looking at the backup");
    return Made{id, info.size, expected, info.number_files};
}

}  // namespace

Result<Made> Make(
    rocksdb::DB& db, const Label& label, const MakeOptions& options, const OnProgress& on_progress
) {
    MP_RETURN_IF_ERROR(CheckBackupFolder(options.to, db.GetName()));
    MP_RETURN_IF_ERROR(MakeFolder(options.to));
    const auto held = HeldFile::Take(
        options.to / "LOCK", "another backup is being made into " + options.to.string()
    );
    if (!held.ok()) return held.status();
    const Result<uint64_t> expected = BytesToCopy(db, options.to);
    if (!expected.ok()) return expected.status();
    MP_RETURN_IF_ERROR(CheckRoom(options.to, *expected, options.kept_free));
    if (!on_progress(0)) return absl::CancelledError("the backup was stopped");

    const auto engine = OpenFolder(options);
    if (!engine.ok()) return engine.status();
    Result<Made> made = Create(**engine, db, label, *expected, on_progress);
    if (made.ok() && options.keep > 0) {
        made->purged = FromRocks((*engine)->PurgeOldBackups(options.keep), "removing old backups");
    }
    return made;
}

}  // namespace mp::backup
