#pragma once
// Storage's configuration: config/base.yaml explains every key.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "bus/connection.hpp"
#include "config/command_line.hpp"
#include "config/reader.hpp"
#include "config/service_config.hpp"
#include "storage/engines/clickhouse/open.hpp"
#include "storage/engines/rocksdb/open.hpp"
#include "storage/export/exporter.hpp"
#include "storage/grpc/query_watch.hpp"
#include "storage/ingest/stream_settings.hpp"
#include "tls/config.hpp"

namespace mp::storage {

struct Config {
    config::ServiceConfig service;
    tls::Config tls;
    bus::ConnectionConfig bus;
    StreamSettings stream;
    uint64_t dead_letter_max_bytes = 256u << 20;
    std::string engine = "rocksdb";
    RocksConfig rocksdb;
    ClickHouseConfig clickhouse;
    bool shared = false;    // several instances write to one ClickHouse store
    Duration retention{0};  // 0: everything is kept
    BackupOrder backup;     // where a task says nothing else
    ExportPlace exports;
    QueryPolicy query{{50'000'000, std::chrono::seconds(30)}, std::chrono::seconds(1)};
    size_t query_threads = 2;
    size_t query_queue = 1024;
    size_t min_workers = 3;
    size_t max_workers = 20;
};

config::Program StorageProgram();
void ReadConfig(config::Reader& reader, Config& config);

}  // namespace mp::storage
