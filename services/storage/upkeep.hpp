#pragma once
// Keeps the engine's upkeep going, on a thread of its own and for a small part of its time. On one
// io_context thread.

#include "runtime/blocking_pool.hpp"
#include "runtime/task.hpp"
#include "storage/engine.hpp"
#include "storage/metrics.hpp"

namespace mp::storage {

class Upkeep {
  public:
    // Everything referenced outlives it.
    Upkeep(Engine& engine, const StorageMetrics& metrics)
        : engine_(engine), metrics_(metrics), pool_("storage-upkeep", 1, 1) {}

    // Until it is cancelled. What fails is logged and tried again.
    Task<Status> Run();

  private:
    Engine& engine_;
    const StorageMetrics& metrics_;
    runtime::BlockingPool pool_;
};

}  // namespace mp::storage
