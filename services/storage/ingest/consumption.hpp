#pragma once
// Storage's life on the stream MARKET_DATA: creates it where it is missing, finds out where
// consumption goes on and whether anything was lost, feeds the ingest from a durable consumer over
// all shards, and purges what is committed and old. Starts over whenever the stream turns out to be
// another one.
//
// On the executor; the ingest works on the puller's thread, the engine's other calls on `pool`.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bus/connection.hpp"
#include "bus/pull_consumer.hpp"
#include "bus/stream.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/task.hpp"
#include "storage/engine.hpp"
#include "storage/ingest/ingest.hpp"
#include "storage/ingest/stream_opening.hpp"
#include "storage/ingest/stream_purge.hpp"
#include "storage/ingest/stream_reader.hpp"
#include "storage/ingest/stream_settings.hpp"
#include "storage/metrics.hpp"

namespace mp::storage {

class Consumption final : public StreamReader {
  public:
    // Everything referenced outlives it.
    Consumption(
        bus::Connection& connection,
        Engine& engine,
        Ingest& ingest,
        runtime::BlockingPool& pool,
        const StorageMetrics& metrics,
        StreamSettings settings
    );

    Task<Status> Run() override;

    Nanos incarnation() const override { return opening_.incarnation(); }
    uint64_t floor() const override { return ingest_.floor(); }
    bool settled() const override { return ingest_.settled(); }
    const Status& state() const override { return state_; }

  private:
    Task<Status> Prepare();
    Task<Status> Fetch(std::vector<uint64_t> sequences);
    bool Forgotten(const bus::ConsumerInfo& consumer);
    Task<Status> Pull();
    Task<Status> Watch();
    Task<Result<bool>> Look();
    Status Handle(std::span<bus::StreamMessage> messages);

    bus::Connection& connection_;
    Engine& engine_;
    Ingest& ingest_;
    runtime::BlockingPool& pool_;
    const StorageMetrics& metrics_;
    const StreamSettings settings_;
    StreamOpening opening_;
    StreamPurge purge_;
    uint64_t stuck_floor_ = 0;
    // When a floor that has not moved is taken for stuck.
    Deadline stuck_until_ = Deadline::After(std::chrono::minutes(1));
    Status state_ = absl::UnavailableError("not started");
    std::vector<IngestMessage> messages_;  // on the puller's thread
};

}  // namespace mp::storage
