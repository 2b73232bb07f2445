#pragma once
// Opens the engine that the configuration names.

#include <memory>

#include "base/status.hpp"
#include "storage/config.hpp"
#include "storage/engine.hpp"
#include "storage/metrics.hpp"
#include "tls/credentials.hpp"

namespace mp::storage {

// Logs and counts what opening had to repair. The error says what to do. `tls` outlives the engine.
Result<std::unique_ptr<Engine>> MakeEngine(
    const Config& config, const StorageMetrics& metrics, const tls::Credentials& tls
);

}  // namespace mp::storage
