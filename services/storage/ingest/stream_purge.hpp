#pragma once
// Empties the stream of what is committed and old. On the executor.

#include "bus/connection.hpp"
#include "bus/stream.hpp"
#include "runtime/task.hpp"
#include "storage/ingest/purge_plan.hpp"
#include "storage/metrics.hpp"

namespace mp::storage {

class StreamPurge {
  public:
    // Connection and metrics outlive it.
    StreamPurge(
        bus::Connection& connection, const StorageMetrics& metrics, PurgePlan::Window window
    )
        : connection_(connection), metrics_(metrics), plan_(window) {}

    // `floor`: everything up to it is committed.
    Task<Status> Purge(const bus::StreamInfo& stream, uint64_t floor);
    // Another stream.
    void Reset() { plan_.Reset(); }

  private:
    bus::Connection& connection_;
    const StorageMetrics& metrics_;
    PurgePlan plan_;
};

}  // namespace mp::storage
