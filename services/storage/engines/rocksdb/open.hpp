#pragma once
// Opens the RocksDB engine.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "storage/engine.hpp"

namespace rocksdb {
class Env;
}

namespace mp::storage {

struct RocksConfig {
    std::filesystem::path path;
    size_t block_cache_bytes = 64u << 20;
    size_t write_buffer_bytes = 64u << 20;  // of all memtables together
    // Appending stops while the disk has less than this free, so that compaction can go on.
    uint64_t min_free_bytes = 256u << 20;
    // Trades received longer ago than `pack_after` are packed into blocks (Engine::Upkeep).
    bool pack_trades = true;
    Duration pack_after = std::chrono::minutes(10);
    size_t pack_rows = 2000;  // of a block: about 30 KB
    // Warnings and errors of RocksDB itself. From any thread. May be empty.
    std::function<void(std::string_view)> on_warning;
    rocksdb::Env* env = nullptr;  // the tests' faulty disks; null: the system's
};

// Creates the folder where it is missing. FailedPrecondition where another process has the store
// open, or a newer version wrote it. An older version's store is brought up to date. A log that
// ends in damage (power cut) loses what follows the damage: recovery() says so.
Result<std::unique_ptr<Engine>> OpenRocksEngine(
    RocksConfig config, const Clock& clock = DefaultClock()
);

}  // namespace mp::storage
