#pragma once
// The RocksDB engine for tests of every engine.

#include <memory>
#include <stdexcept>
#include <utility>

#include "storage/engines/rocksdb/open.hpp"
#include "storage/engines/test/wrapped_engine.hpp"
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

// Packs all that it can as soon as it is written.
class PackingEngine final : public WrappedEngine {
  public:
    using WrappedEngine::WrappedEngine;

    Result<AppendOutcome> Append(const AppendBatch& batch) override {
        Result<AppendOutcome> outcome = WrappedEngine::Append(batch);
        for (bool more = true; more;) {
            const Result<UpkeepStep> step = Upkeep();
            if (!step.ok()) return step.status();
            more = step->more;
        }
        return outcome;
    }
};

inline std::unique_ptr<Engine> OpenPackingRocks(
    const testing::TempDir& folder, const Clock& clock
) {
    return std::make_unique<PackingEngine>(OpenRocks(folder, clock));
}

}  // namespace mp::storage
