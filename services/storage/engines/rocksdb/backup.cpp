// Backing up: the part of RocksEngine that copies the store beside its writer.

#include "backup/make.hpp"
#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/rocks_engine.hpp"

namespace mp::storage {
namespace {

// Told before the rows in memory are flushed, so the backup has at least that.
Result<backup::Label> LabelOf(const RocksEngine& engine) {
    backup::Label label;
    label.schema = layout::kSchemaVersion;
    label.program = MP_VERSION;
    const auto position = engine.Position();
    if (!position.ok()) return position.status();
    if (position->has_value()) {
        label.incarnation = (*position)->incarnation;
        label.floor = (*position)->floor;
    }
    const auto statistics = engine.Statistics();
    if (!statistics.ok()) return statistics.status();
    label.events = statistics->events;
    return label;
}

}  // namespace

Result<BackupReport> RocksEngine::Backup(
    const BackupOrder& order, const OnBackupProgress& on_progress
) {
    const Result<backup::Label> label = LabelOf(*this);
    if (!label.ok()) return label.status();
    backup::MakeOptions options;
    options.to = order.to;
    options.keep = order.keep;
    options.kept_free = config_.min_free_bytes;
    const auto made = backup::Make(*db_, *label, options, on_progress);
    if (!made.ok()) return made.status();
    return BackupReport{
        made->id, made->bytes, made->copied_bytes, label->events, label->floor, made->purged};
}

}  // namespace mp::storage
