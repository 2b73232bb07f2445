#pragma once
// Feeds one lane of a shared store from its shard of the stream, in order. Each reading has a
// consumer of its own that begins behind what is committed, so nobody takes messages from anybody;
// whatever goes wrong (a message lost on its way, a commit that fails, another stream) ends the
// reading, and the next one begins where the lane is then.
//
// On the executor; the ingest works on the puller's thread and on `pool`, one at a time.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bus/connection.hpp"
#include "bus/pull_consumer.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/task.hpp"
#include "storage/ingest/ingest.hpp"
#include "storage/ingest/stream_opening.hpp"
#include "storage/ingest/stream_settings.hpp"
#include "storage/shared_engine.hpp"

namespace mp::storage {

class LaneConsumption {
  public:
    // Everything referenced outlives it. `shard` is the stream's.
    LaneConsumption(
        bus::Connection& connection,
        LaneEngine& engine,
        Ingest& ingest,
        runtime::BlockingPool& pool,
        const StorageMetrics& metrics,
        const StreamSettings& settings,
        uint32_t shard
    );

    // Consumes until cancelled, then the batch at hand is still committed; or until the lane is not
    // this instance's any more. `reader` goes into the names of consumers: nobody else's.
    Task<Status> Run(std::string reader);

    // Messages that are not delivered yet, at the last look.
    uint64_t behind() const { return behind_; }
    // Why nothing is consumed; OK while it is.
    const Status& state() const { return state_; }

  private:
    Task<Status> Prepare();
    Task<Status> Read(bus::ConsumerConfig consumer);
    Task<> Remove(std::string consumer);
    Task<Status> Pull(const bus::ConsumerConfig& consumer);
    Task<Status> Watch(const bus::ConsumerConfig& consumer);
    Task<Result<bool>> Look(const bus::ConsumerConfig& consumer);
    Task<Result<bool>> PassQuiet(uint64_t end);
    Status Handle(std::span<bus::StreamMessage> messages);

    bus::Connection& connection_;
    Ingest& ingest_;
    runtime::BlockingPool& pool_;
    const StreamSettings& settings_;
    const std::string filter_;
    const std::string name_;  // of its consumers, but for who reads
    StreamOpening opening_;
    Status state_ = absl::UnavailableError("not started");
    uint64_t readings_ = 0;
    uint64_t behind_ = 0;
    Deadline pass_due_ = Deadline::Never();
    // A floor behind the newest message that has not moved until then is taken for stuck.
    uint64_t stuck_floor_ = 0;
    Deadline stuck_until_ = Deadline::Never();

    std::mutex ingesting_;
    std::atomic<bool> busy_{false};
    uint64_t delivered_ = 0;  // on the puller's thread, as the next one
    std::vector<IngestMessage> messages_;
};

}  // namespace mp::storage
