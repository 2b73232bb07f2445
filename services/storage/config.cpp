#include "storage/config.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include "backup/folders.hpp"
#include "bus/config.hpp"
#include "storage/clickhouse_config.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;
using config::AtLeast;
using config::Between;
using config::NotEmpty;

// It becomes a part of the broker's subjects.
void ReadDurable(config::Reader& reader, std::string* durable) {
    reader.Get("durable", durable, NotEmpty());
    const bool plain = std::all_of(durable->begin(), durable->end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_';
    });
    if (!plain || durable->size() > 64) {
        reader.Fail("durable", "must be letters, digits, '-' and '_', no more than 64");
    }
}

void ReadBus(config::Reader reader, Config& config) {
    bus::Read(reader, &config.bus, &config.stream.replicas);
    ReadDurable(reader, &config.stream.durable);
    reader.Get("shards", &config.stream.shards, Between(1, 1024));
    uint64_t max_bytes = static_cast<uint64_t>(config.stream.max_bytes);
    reader.GetBytes("stream_max_bytes", &max_bytes, AtLeast(uint64_t{1} << 20));
    config.stream.max_bytes = static_cast<int64_t>(max_bytes);
    reader.GetBytes(
        "dead_letter_max_bytes", &config.dead_letter_max_bytes, AtLeast(uint64_t{1} << 20)
    );
    reader.Get("keep", &config.stream.window.keep, AtLeast(Duration(1s)));
    reader.GetBytes("keep_bytes", &config.stream.window.keep_bytes, AtLeast(uint64_t{1} << 20));
    if (config.stream.window.keep_bytes > max_bytes) {
        reader.Fail("keep_bytes", "must not be above bus.stream_max_bytes");
    }
    reader.Get("ack_wait", &config.stream.ack_wait, Between(Duration(1s), Duration(10min)));
    reader.Get("max_ack_pending", &config.stream.max_ack_pending, Between(1, 1'000'000));
}

void ReadBatch(config::Reader reader, StreamSettings* stream) {
    reader.Get("max_messages", &stream->max_batch_messages, Between(1, 65536));
    reader.GetBytes("max_bytes", &stream->max_batch_bytes, AtLeast(uint64_t{65536}));
    reader.Get("max_delay", &stream->max_batch_delay, Between(0ms, 10'000ms));
}

// The working directory is that of the start: a full path means the same to everybody.
void ReadBackup(config::Reader reader, Config& config) {
    std::string path = ".run/backups";
    reader.Get("path", &path, NotEmpty());
    std::error_code error;
    config.backup.to = std::filesystem::absolute(path, error);
    config.backup.keep = 7;
    reader.Get("keep", &config.backup.keep, Between(0, 10'000));
    if (config.engine == "rocksdb" && backup::LiesIn(config.backup.to, config.rocksdb.path)) {
        reader.Fail("path", "must not lie inside storage.path");
    }
}

void ReadExport(config::Reader reader, Config& config) {
    std::string path = ".run/exports";
    reader.Get("path", &path, NotEmpty());
    std::error_code error;
    config.exports.path = std::filesystem::absolute(path, error);
    config.exports.min_free_bytes = uint64_t{1} << 30;
    reader.GetBytes("min_free_bytes", &config.exports.min_free_bytes);
    if (config.engine == "rocksdb" && backup::LiesIn(config.exports.path, config.rocksdb.path)) {
        reader.Fail("path", "must not lie inside storage.path");
    }
}

void ReadStore(config::Reader reader, Config& config) {
    reader.Get("engine", &config.engine, config::OneOf{"rocksdb", "clickhouse"});
    std::string path = config.rocksdb.path;
    reader.Get("path", &path, NotEmpty());
    config.rocksdb.path = path;
    reader.Get("retention", &config.retention);
    reader.GetBytes("cache_bytes", &config.rocksdb.block_cache_bytes, AtLeast(uint64_t{8} << 20));
    reader.GetBytes(
        "write_buffer_bytes", &config.rocksdb.write_buffer_bytes, AtLeast(uint64_t{8} << 20)
    );
    reader.GetBytes("min_free_bytes", &config.rocksdb.min_free_bytes);
    reader.Get("pack_trades", &config.rocksdb.pack_trades);
    reader.Get("pack_after", &config.rocksdb.pack_after);
    ReadBatch(reader.Section("batch"), &config.stream);
}

// Each insert makes files: batches are as large as the back-pressure lets them be.
StreamSettings ClickHouseBatches(StreamSettings stream) {
    stream.max_batch_messages = 4096;
    stream.max_batch_bytes = 16u << 20;
    stream.max_batch_delay = 1000ms;
    return stream;
}

void ReadClickHouse(config::Reader reader, Config& config) {
    ReadClickHouse(reader, &config.clickhouse);
    StreamSettings batches = ClickHouseBatches(config.stream);
    ReadBatch(reader.Section("batch"), &batches);
    reader.Get("shared", &config.shared);
    reader.Get("lease", &batches.lease, Between(Duration(1s), Duration(30s)));
    if (config.shared && config.engine != "clickhouse") {
        reader.Fail("shared", "is for storage.engine clickhouse: a RocksDB store has one process");
    }
    if (config.engine == "clickhouse") config.stream = batches;
}

}  // namespace

config::Program StorageProgram() {
    return {
        .name = "mp-storage",
        .description = "Stores market data from the bus and answers queries about it.",
        .config_dir = "services/storage/config",
        .well_known_names =
            {{"SERVICE_NAME", "service.name"},
             {"NATS_URL", "bus.url"},
             {"CLICKHOUSE_URL", "clickhouse.url"},
             {"CLICKHOUSE_HOST", "clickhouse.host"},
             {"CLICKHOUSE_PORT", "clickhouse.port"},
             {"CLICKHOUSE_HTTP_PORT", "clickhouse.http_port"},
             {"CLICKHOUSE_REPLICA_URLS", "clickhouse.replicas"}},
        .taken_at_run_time = {"log.level", "storage.retention"},
    };
}

void ReadConfig(config::Reader& reader, Config& config) {
    config.service.name = "data-storage-service";
    config.service.http.port = 8002;
    config.service.grpc.port = 50052;
    config.rocksdb.path = ".run/storage";
    config::Read(reader, &config.service);
    config.tls.clients = net::ClientCertificates::kRequired;
    tls::Read(reader, &config.tls);
    config.bus.name = config.service.name;
    ReadBus(reader.Section("bus"), config);
    ReadStore(reader.Section("storage"), config);
    ReadClickHouse(reader.Section("clickhouse"), config);

    ReadBackup(reader.Section("backup"), config);
    ReadExport(reader.Section("export"), config);

    config::Reader query = reader.Section("query");
    query.Get("threads", &config.query_threads, Between(1, 64));
    query.Get("max_queued", &config.query_queue, Between(1, 100'000));
    query.Get("max_rows", &config.query.limits.max_rows);
    query.Get("max_time", &config.query.limits.max_time);
    query.Get("slow_after", &config.query.slow_after);

    config::Reader tasks = reader.Section("tasks");
    tasks.Get("min_workers", &config.min_workers, Between(1, 1000));
    tasks.Get("max_workers", &config.max_workers, Between(1, 1000));
    if (config.max_workers < config.min_workers) {
        tasks.Fail("max_workers", "must not be below tasks.min_workers");
    }
}

}  // namespace mp::storage
