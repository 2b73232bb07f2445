#include "storage/config.hpp"

#include <chrono>
#include <cstdint>

namespace mp::storage {
namespace {

using namespace std::chrono_literals;
using config::AtLeast;
using config::Between;
using config::NotEmpty;

void ReadBus(config::Reader reader, Config& config) {
    reader.Get("url", &config.bus.url, NotEmpty());
    reader.Get("user", &config.bus.user);
    reader.GetSecret("password", &config.bus.password);
    reader.GetSecret("token", &config.bus.token);
    reader.Get("credentials_file", &config.bus.credentials_file);
    reader.Get("shards", &config.stream.shards, Between(1, 1024));
    reader.Get("replicas", &config.stream.replicas, Between(1, 5));
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

void ReadStore(config::Reader reader, Config& config) {
    reader.Get("engine", &config.engine, config::OneOf{"rocksdb"});
    std::string path = config.rocksdb.path;
    reader.Get("path", &path, NotEmpty());
    config.rocksdb.path = path;
    reader.Get("retention", &config.retention);
    reader.GetBytes("cache_bytes", &config.rocksdb.block_cache_bytes, AtLeast(uint64_t{8} << 20));
    reader.GetBytes(
        "write_buffer_bytes", &config.rocksdb.write_buffer_bytes, AtLeast(uint64_t{8} << 20)
    );
    reader.GetBytes("min_free_bytes", &config.rocksdb.min_free_bytes);
    config::Reader batch = reader.Section("batch");
    batch.Get("max_messages", &config.stream.max_batch_messages, Between(1, 65536));
    batch.GetBytes("max_bytes", &config.stream.max_batch_bytes, AtLeast(uint64_t{65536}));
    batch.Get("max_delay", &config.stream.max_batch_delay, Between(0ms, 10'000ms));
}

}  // namespace

config::Program StorageProgram() {
    return {
        .name = "mp-storage",
        .description = "Stores market data from the bus and answers queries about it.",
        .config_dir = "services/storage/config",
        .well_known_names = {{"SERVICE_NAME", "service.name"}, {"NATS_URL", "bus.url"}},
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

    config::Reader query = reader.Section("query");
    query.Get("threads", &config.query_threads, Between(1, 64));
    query.Get("max_queued", &config.query_queue, Between(1, 100'000));

    config::Reader tasks = reader.Section("tasks");
    tasks.Get("min_workers", &config.min_workers, Between(1, 1000));
    tasks.Get("max_workers", &config.max_workers, Between(1, 1000));
    if (config.max_workers < config.min_workers) {
        tasks.Fail("max_workers", "must not be below tasks.min_workers");
    }
}

}  // namespace mp::storage
