#pragma once
// The RocksDB engine for tests of every engine.

#include <memory>
#include <stdexcept>

#include "storage/engines/rocksdb/open.hpp"
#include "testing/temp_dir.hpp"

namespace mp::storage {

// In `folder`; throws where it cannot be opened.
inline std::unique_ptr<Engine> OpenRocks(const testing::TempDir& folder, const Clock& clock) {
    RocksConfig config;
    config.path = folder / "store";
    config.min_free_bytes = 0;
    config.pack_after = Duration(0);
    config.pack_rows = 4;
    Result<std::unique_ptr<Engine>> engine = OpenRocksEngine(config, clock);
    if (!engine.ok()) throw std::runtime_error(engine.status().ToString());
    return *std::move(engine);
}

}  // namespace mp::storage
