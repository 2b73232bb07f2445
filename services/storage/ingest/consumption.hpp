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
#include "storage/ingest/purge_plan.hpp"
#include "storage/ingest/stream_check.hpp"
#include "storage/metrics.hpp"

namespace mp::storage {

struct StreamSettings {
    std::string durable = "storage";  // the consumer: stores that each read everything differ in it
    int64_t max_bytes = 4ll << 30;    // of the stream; full, it refuses
    int replicas = 1;
    uint32_t shards = 8;
    PurgePlan::Window window;
    Duration ack_wait = std::chrono::seconds(10);
    int64_t max_ack_pending = 8192;  // messages: the back-pressure
    size_t max_batch_messages = 256;
    size_t max_batch_bytes = 4u << 20;
    std::chrono::milliseconds max_batch_delay{5};
    // What the broker forgot is fetched message by message up to so many; with more, the stream is
    // read again.
    size_t most_fetched = 10'000;
};

class Consumption {
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

    // Consumes until cancelled; then the batch at hand is still committed and acknowledged.
    Task<Status> Run();

    // Of the stream read; 0 before the first one.
    Nanos incarnation() const { return incarnation_; }
    // As of the ingest; these two from any thread.
    uint64_t floor() const { return ingest_.floor(); }
    bool settled() const { return ingest_.settled(); }
    // Why nothing is consumed; OK while it is.
    const Status& state() const { return state_; }

  private:
    Task<Status> Prepare();
    Task<Result<bool>> NewestIsAnother();
    Task<Status> Declare(const StreamVerdict& verdict, const bus::StreamInfo& stream);
    Task<Status> Fetch(std::vector<uint64_t> sequences);
    bool Forgotten(const bus::ConsumerInfo& consumer);
    Task<Result<bus::StreamInfo>> OpenStream();
    Task<Status> Pull();
    Task<Status> Watch();
    Task<Result<bool>> Look();
    Task<Status> Purge(const bus::StreamInfo& stream);
    Status Handle(std::span<bus::StreamMessage> messages);

    bus::Connection& connection_;
    Engine& engine_;
    Ingest& ingest_;
    runtime::BlockingPool& pool_;
    const StorageMetrics& metrics_;
    const StreamSettings settings_;
    PurgePlan plan_;
    Nanos incarnation_ = 0;
    uint64_t epoch_ = 0;                      // of the connection, when consumption began
    std::optional<StreamPosition> declared_;  // the loss before it is recorded, no more is yet
    uint64_t last_seen_ = 0;                  // the stream's newest message at the last look
    uint64_t stuck_floor_ = 0;
    // When a floor that has not moved is taken for stuck.
    Deadline stuck_until_ = Deadline::After(std::chrono::minutes(1));
    Status state_ = absl::UnavailableError("not started");
    std::vector<IngestMessage> messages_;  // on the puller's thread
};

}  // namespace mp::storage
