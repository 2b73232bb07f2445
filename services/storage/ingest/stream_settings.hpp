#pragma once
// How the stream MARKET_DATA is made, read and emptied.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/duration.hpp"
#include "storage/ingest/purge_plan.hpp"

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
    // Of each lane, where several instances share the store: how long after its last sign of life
    // an instance loses it.
    Duration lease = std::chrono::seconds(15);
};

}  // namespace mp::storage
