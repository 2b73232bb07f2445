#pragma once
// Durable consumers of streams: what a reader has acknowledged, the broker remembers.

#include <chrono>
#include <cstdint>
#include <string>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "bus/connection.hpp"
#include "bus/message.hpp"
#include "runtime/task.hpp"

namespace mp::bus {

struct ConsumerConfig {
    std::string stream;
    std::string durable;
    std::string filter;  // subject with wildcards; empty: all of the stream
    uint64_t start = 0;  // sequence of the first message; 0: the oldest kept
    std::chrono::nanoseconds ack_wait = std::chrono::seconds(30);
    // Delivered and not yet acknowledged, at most: the back-pressure.
    int64_t max_ack_pending = 8192;
    // The broker stops delivering a message after so many times and keeps it; -1: never.
    int64_t max_deliver = -1;
    // The broker removes it when nobody has asked for so long; 0: it stays.
    std::chrono::nanoseconds inactive{0};
};

struct ConsumerInfo {
    uint64_t ack_floor = 0;  // every message up to this stream sequence is acknowledged
    uint64_t delivered = 0;  // highest stream sequence delivered so far
    uint64_t pending = 0;    // not delivered yet
    uint64_t unacked = 0;    // delivered, not acknowledged
    uint64_t redelivered = 0;
    uint64_t waiting = 0;  // requests for messages that have none yet
    Nanos created = 0;
};

// Creates the consumer or changes an existing one to `config`.
runtime::Task<Result<ConsumerInfo>> EnsureConsumer(
    Connection& connection, ConsumerConfig config, Deadline deadline
);

// NotFound where there is no such consumer (or stream).
runtime::Task<Result<ConsumerInfo>> GetConsumerInfo(
    Connection& connection, std::string stream, std::string durable, Deadline deadline
);

runtime::Task<Status> DeleteConsumer(
    Connection& connection, std::string stream, std::string durable, Deadline deadline
);

// Answers to a delivery; from any thread. They are sent, not confirmed: one that is lost leads to a
// redelivery after ack_wait. Unavailable without connection.
Status Ack(Connection& connection, const StreamMessage& message);
// Deliver again, not before `delay`.
Status Nak(
    Connection& connection, const StreamMessage& message, std::chrono::nanoseconds delay = {}
);
// Never deliver again.
Status Term(Connection& connection, const StreamMessage& message);
// Still working: starts ack_wait anew.
Status InProgress(Connection& connection, const StreamMessage& message);
// Ack, confirmed by the broker.
runtime::Task<Status> AckAndWait(
    Connection& connection, const StreamMessage& message, Deadline deadline
);

}  // namespace mp::bus
