#pragma once
// Opens the stream: makes it where it is missing, finds out where consumption goes on and whether
// anything was lost, and later whether it is still the same stream.
//
// On the executor; calls of the engine on `pool`.

#include <cstdint>
#include <optional>

#include "bus/connection.hpp"
#include "bus/stream.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/task.hpp"
#include "storage/engine.hpp"
#include "storage/ingest/stream_check.hpp"
#include "storage/ingest/stream_settings.hpp"
#include "storage/metrics.hpp"

namespace mp::storage {

class StreamOpening {
  public:
    // Everything referenced outlives it.
    StreamOpening(
        bus::Connection& connection,
        Engine& engine,
        runtime::BlockingPool& pool,
        const StorageMetrics& metrics,
        const StreamSettings& settings
    )
        : connection_(connection),
          engine_(engine),
          pool_(pool),
          metrics_(metrics),
          settings_(settings) {}

    Task<Result<bus::StreamInfo>> Open();
    // A loss is declared once for each finding. `ack_floor`: as StreamState's.
    Task<Result<StreamVerdict>> Judge(
        const bus::StreamInfo& stream, std::optional<uint64_t> ack_floor
    );
    // Consumption goes on, on this stream of the connection's `epoch`.
    void Begun(const bus::StreamInfo& stream, uint64_t epoch);

    uint64_t epoch() const { return epoch_; }
    Nanos incarnation() const { return incarnation_; }
    // As it is now; nothing where it is another one than the one begun on, or lost some of it.
    // `floor`: everything up to it is committed.
    Task<Result<std::optional<bus::StreamInfo>>> Look(uint64_t floor);

  private:
    Task<Result<bool>> NewestIsAnother();
    Task<Status> Declare(const StreamVerdict& verdict, const bus::StreamInfo& stream);

    bus::Connection& connection_;
    Engine& engine_;
    runtime::BlockingPool& pool_;
    const StorageMetrics& metrics_;
    const StreamSettings& settings_;
    std::optional<StreamPosition> declared_;  // the loss before it is recorded, no more is yet
    Nanos incarnation_ = 0;
    uint64_t epoch_ = 0;      // of the connection
    uint64_t last_seen_ = 0;  // the stream's newest message at the last look
};

}  // namespace mp::storage
