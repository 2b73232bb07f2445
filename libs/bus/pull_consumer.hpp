#pragma once
// Reading a durable consumer by pulling, in two forms: StreamPuller for a synchronous reader with a
// thread of its own (storage commits there), PullConsumer for coroutines (tasks).
//
// What was delivered and not acknowledged comes again after ack_wait, and the reader must take that
// in its stride. A PullConsumer makes its consumer when it is missing, also when it disappears
// later, and goes on by itself after a broken connection. A StreamPuller does neither: behind a new
// connection, and where the consumer is gone, the stream may be another one or may have lost its
// end, and whoever counts on the stream's sequences must look at it first.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "bus/connection.hpp"
#include "bus/consumer.hpp"
#include "bus/message.hpp"
#include "runtime/task.hpp"

namespace mp::bus {

struct PullerConfig {
    std::string stream;
    std::string durable;                // is there already
    uint64_t epoch = 0;                 // Connection::epoch() before the consumer was looked at
    size_t max_batch = 256;             // messages in one batch
    size_t max_batch_bytes = 8u << 20;  // payload bytes; one larger message makes a batch alone
    // A batch is handed over when full, or so long after its first message.
    std::chrono::milliseconds max_delay{5};
    std::chrono::milliseconds retry_delay{1000};  // of a batch that the handler refused
    bool ends_at_refusal = false;  // instead of asking for that batch again: Run returns the error
};

// Counters, readable from any thread.
struct PullerCounters {
    uint64_t batches = 0;
    uint64_t messages = 0;
    uint64_t redelivered = 0;  // messages that were not delivered for the first time
    uint64_t acked = 0;
    uint64_t errors = 0;  // batches that the handler refused
};

// A thread that fetches batches and hands each to `handler` there, synchronously. While the handler
// works the next batch is already on its way (at most one).
class StreamPuller {
  public:
    // Acknowledges the whole batch when it returns OK. Otherwise the batch is given back to the
    // broker (Nak) to come again after `retry_delay` and the error is reported to `on_error`.
    using Handler = std::function<Status(std::span<StreamMessage>)>;
    // Called on the puller's thread for errors of the handler; may be empty.
    using ErrorHandler = std::function<void(const Status&)>;

    StreamPuller(
        Connection& connection, PullerConfig config, Handler handler, ErrorHandler on_error = {}
    );
    ~StreamPuller();
    StreamPuller(const StreamPuller&) = delete;
    StreamPuller& operator=(const StreamPuller&) = delete;

    // Starts the thread and works until cancelled, or until nothing more can come: Unavailable when
    // the connection is lost or is another than that of `epoch`, NotFound when the consumer is
    // gone, DeadlineExceeded when the broker says nothing. The batch in work is still finished (and
    // acknowledged, where the connection is the same); the thread has ended when the await returns
    // or unwinds. No message of a later connection is ever handed over. Once.
    runtime::Task<Status> Run();

    PullerCounters counters() const noexcept;

    struct Impl;

  private:
    std::unique_ptr<Impl> impl_;
};

// Pulls from the executor. One Fetch at a time.
class PullConsumer {
  public:
    PullConsumer(Connection& connection, ConsumerConfig config);
    ~PullConsumer();
    PullConsumer(const PullConsumer&) = delete;
    PullConsumer& operator=(const PullConsumer&) = delete;

    // Up to `max` messages: what there is now; where there is nothing, what comes within `wait` (0:
    // ask once). No message is no error.
    runtime::Task<Result<std::vector<StreamMessage>>> Fetch(
        size_t max, std::chrono::milliseconds wait
    );

    const ConsumerConfig& config() const noexcept;

    struct Impl;

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace mp::bus
