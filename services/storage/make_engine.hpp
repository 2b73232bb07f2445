#pragma once
// Opens the engine that the configuration names.

#include <memory>

#include "base/status.hpp"
#include "storage/config.hpp"
#include "storage/engine.hpp"
#include "storage/metrics.hpp"
#include "storage/shared_engine.hpp"
#include "tls/credentials.hpp"

namespace mp::storage {

struct OpenedEngine {
    std::unique_ptr<Engine> engine;
    SharedEngine* shared = nullptr;  // the same one, where several instances share the store
};

// Logs and counts what opening had to repair. The error says what to do. `tls` outlives the engine.
Result<OpenedEngine> MakeEngine(
    const Config& config, const StorageMetrics& metrics, const tls::Credentials& tls
);

}  // namespace mp::storage
