#include "storage/config.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "backup/folders.hpp"
#include "bus/config.hpp"
#include "net/url.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;
using config::AtLeast;
using config::Between;
using config::NotEmpty;

void ReadBus(config::Reader reader, Config& config) {
    bus::Read(reader, &config.bus, &config.stream.replicas);
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

// It is written into queries as it is.
std::optional<std::string> DatabaseName(const std::string& name) {
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
    if (plain && !name.empty() && (name[0] < '0' || name[0] > '9')) return std::nullopt;
    return "must be letters, digits and _, not beginning with a digit";
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
    ReadBatch(reader.Section("batch"), &config.stream);
}

constexpr uint16_t kClickHousePort = 8123;

// Each insert makes files: batches are as large as the back-pressure lets them be.
StreamSettings ClickHouseBatches(StreamSettings stream) {
    stream.max_batch_messages = 4096;
    stream.max_batch_bytes = 16u << 20;
    stream.max_batch_delay = 1000ms;
    return stream;
}

void ReadClickHouse(config::Reader reader, Config& config) {
    ClickHouseAddress address;
    address.host = "127.0.0.1";
    reader.Get("url", &address.url);
    reader.Get("host", &address.host);
    uint16_t native_port = 9000;  // of whoever speaks the native protocol; not used
    reader.Get("port", &native_port);
    reader.Get("http_port", &address.http_port);
    const Result<std::string> url = HttpUrlOf(address);
    if (url.ok()) {
        config.clickhouse.server.url = *url;
    } else {
        reader.Fail("url", std::string(url.status().message()));
    }
    clickhouse::ClientConfig& server = config.clickhouse.server;
    reader.Get("database", &server.database, DatabaseName);
    reader.Get("user", &server.user);
    reader.GetSecret("password", &server.password);
    reader.Get("connect_timeout", &server.connect_timeout, Between(100ms, 60'000ms));
    reader.Get("request_timeout", &server.request_timeout, Between(1000ms, 600'000ms));
    reader.Get("compress", &server.compress);
    reader.Get("max_connections", &server.max_connections, Between(1, 1000));
    StreamSettings batches = ClickHouseBatches(config.stream);
    ReadBatch(reader.Section("batch"), &batches);
    if (config.engine == "clickhouse") config.stream = batches;
}

}  // namespace

Result<std::string> HttpUrlOf(const ClickHouseAddress& address) {
    const std::string port =
        std::to_string(address.http_port == 0 ? kClickHousePort : address.http_port);
    if (address.url.empty()) {
        const std::string host = address.host.empty() ? "127.0.0.1" : address.host;
        return "http://" + host + ":" + port;
    }
    constexpr std::string_view kNative = "clickhouse://";
    const bool native = address.url.starts_with(kNative);
    const std::string http = native ? "http://" + address.url.substr(kNative.size()) : address.url;
    const Result<net::Url> url = net::ParseUrl(http);
    if (!url.ok()) return Annotate(url.status(), "clickhouse.url");
    if (url->websocket()) return absl::InvalidArgumentError("must be http, https or clickhouse");
    net::Url there = *url;
    if (native) there.port = address.http_port == 0 ? kClickHousePort : address.http_port;
    return there.scheme + "://" + there.Authority();
}

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
             {"CLICKHOUSE_HTTP_PORT", "clickhouse.http_port"}},
        .taken_at_run_time = {"log.level", "storage.retention"},
    };
}

void ReadConfig(config::Reader& reader, Config& config) {
    config.service.name = "data-storage-service";
    config.service.http.port = 8002;
    config.service.grpc.port = 50052;
    config.rocksdb.path = ".run/storage";
    config::Read(reader, &config.service);
    config.bus.name = config.service.name;
    ReadBus(reader.Section("bus"), config);
    ReadStore(reader.Section("storage"), config);
    ReadClickHouse(reader.Section("clickhouse"), config);

    ReadBackup(reader.Section("backup"), config);

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
