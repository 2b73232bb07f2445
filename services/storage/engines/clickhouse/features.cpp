#include "storage/engines/clickhouse/features.hpp"

namespace mp::storage::clickhouse {
namespace {

Result<bool> Any(const Client& client, std::string_view sql) {
    const auto rows = client.Rows(sql);
    if (!rows.ok()) return rows.status();
    return !rows->empty();
}

// Whether the server takes a definition; what it cannot be asked is tried.
Result<bool> Takes(const Client& client, const std::string& create, const std::string& drop) {
    MP_RETURN_IF_ERROR(client.Execute(drop));
    const Status created = client.Execute(create);
    if (absl::IsUnavailable(created)) return created;
    if (!created.ok()) return false;
    MP_RETURN_IF_ERROR(client.Execute(drop));
    return true;
}

}  // namespace

Result<Features> DetectFeatures(const Client& client) {
    Features features;
    const auto version = client.Rows("SELECT version()");
    if (!version.ok()) return version.status();
    if (!version->empty()) features.version = version->front().front();
    const Result<bool> codecs = Takes(
        client,
        "CREATE TABLE feature_probe (x Int64 CODEC(Delta, ZSTD(1))) ENGINE = MergeTree ORDER BY x",
        "DROP TABLE IF EXISTS feature_probe"
    );
    if (!codecs.ok()) return codecs.status();
    features.codecs = *codecs;
    const Result<bool> fsync =
        Any(client,
            "SELECT name FROM system.merge_tree_settings WHERE name = 'fsync_after_insert'");
    if (!fsync.ok()) return fsync.status();
    features.fsync = *fsync;
    const Result<bool> disks =
        Any(client, "SELECT name FROM system.tables WHERE database = 'system' AND name = 'disks'");
    if (!disks.ok()) return disks.status();
    features.disks = *disks;
    const Result<bool> formats =
        Any(client,
            "SELECT name FROM system.tables WHERE database = 'system' AND name = 'formats'");
    if (!formats.ok()) return formats.status();
    if (!*formats) return features;
    const Result<bool> parquet =
        Any(client, "SELECT name FROM system.formats WHERE name = 'Parquet' AND is_output");
    if (!parquet.ok()) return parquet.status();
    features.parquet = *parquet;
    return features;
}

}  // namespace mp::storage::clickhouse
