#pragma once
// Publishing to streams: many messages in flight, every one of them acknowledged or failed.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "bus/connection.hpp"
#include "bus/message.hpp"
#include "runtime/task.hpp"

namespace mp::bus {

struct PublishAck {
    uint64_t sequence = 0;   // in the stream
    bool duplicate = false;  // the broker had this Nats-Msg-Id already
};

// What a failed publish says by its code:
//   Unavailable         no connection, or lost before the ack: may have been stored. Publish again.
//   DeadlineExceeded    no ack in time: may have been stored. Publish again.
//   NotFound            no stream takes this subject (also for moments after a broker's start).
//   Again later. ResourceExhausted   the stream or the broker's disk is full. Again later.
//   InvalidArgument     larger than the broker or the stream takes: never again.
//   Aborted             an expected revision did not match.
//   Internal            anything else that the broker says; nothing was stored.

// Publishes from the connection's executor with a bounded window. Messages reach the broker in the
// order of the calls. For every call that returned OK, `handler` runs exactly once on the executor,
// later, with the caller's tag; in order of the acks, which is the order of the calls unless
// something failed. A lost connection fails all that is in flight at once.
class AsyncPublisher {
  public:
    struct Config {
        size_t max_in_flight = 1024;            // messages
        size_t max_in_flight_bytes = 4u << 20;  // payload bytes; one larger message may go alone
        std::chrono::milliseconds ack_timeout{5000};
    };
    using Handler = std::function<void(uint64_t tag, const Result<PublishAck>& result)>;

    AsyncPublisher(Connection& connection, Config config, Handler handler);
    // What is in flight is forgotten; the handler is not called any more.
    ~AsyncPublisher();
    AsyncPublisher(const AsyncPublisher&) = delete;
    AsyncPublisher& operator=(const AsyncPublisher&) = delete;

    // Neither blocks nor copies more than the bytes themselves. ResourceExhausted: the window is
    // full, call again from the handler. Unavailable: no connection. InvalidArgument: too large for
    // the broker.
    Status Publish(
        std::string_view subject,
        std::string_view payload,
        uint64_t tag,
        const Headers& headers = {}
    );

    size_t in_flight() const noexcept;
    size_t in_flight_bytes() const noexcept;

    // Waits until nothing is in flight.
    runtime::Task<Status> Flush(Deadline deadline);

    struct Impl;

  private:
    std::shared_ptr<Impl> impl_;
};

// One message, acknowledged: for control traffic. Errors as above.
runtime::Task<Result<PublishAck>> Publish(
    Connection& connection,
    std::string subject,
    std::string payload,
    Headers headers,
    Deadline deadline
);

// Header under which the broker drops repeats inside the stream's duplicate window.
inline constexpr char kMessageIdHeader[] = "Nats-Msg-Id";

}  // namespace mp::bus
