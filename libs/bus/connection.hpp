#pragma once
// One connection to the broker: everything else in mp::bus is built on it.
//
// Used from the executor's one thread, which also reads and writes the socket and runs all
// callbacks (StreamPuller has a thread of its own and says so). Reconnects without end, with
// backoff and jitter; subscriptions come back by themselves. While there is no connection every
// publish and request fails at once with Unavailable: nothing is buffered behind the caller's back.
// Must outlive whatever was made from it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "bus/message.hpp"
#include "runtime/task.hpp"
#include "tls/credentials.hpp"

namespace mp::bus {

struct ConnectionConfig {
    // Or several, separated by commas. One with tls:// makes all of them speak TLS.
    std::string url = "nats://127.0.0.1:4222";
    std::string name;  // how the broker shows this client
    std::string user;
    std::string password;
    std::string token;
    std::string credentials_file;
    std::chrono::milliseconds connect_timeout{2000};
    std::chrono::milliseconds reconnect_min{100};  // doubles up to reconnect_max, half of it random
    std::chrono::milliseconds reconnect_max{2000};
    std::chrono::milliseconds ping_interval{5000};  // two unanswered: the connection is given up
};

struct ConnectionState {
    bool connected = false;
    // Given up by the client library (refused credentials, twice): only a restart of the process
    // helps.
    bool closed = false;
    Nanos since = 0;          // of the last change
    uint64_t reconnects = 0;  // after the first connection
    std::string error;        // why there is no connection; empty while connected
};

// Unsubscribes, or takes back whatever it stands for, when destroyed. May outlive the connection.
class [[nodiscard]] Subscription {
  public:
    Subscription() noexcept = default;
    explicit Subscription(std::function<void()> cancel) noexcept : cancel_(std::move(cancel)) {}
    Subscription(Subscription&& other) noexcept : cancel_(std::exchange(other.cancel_, nullptr)) {}
    Subscription& operator=(Subscription&& other) noexcept {
        Cancel();
        cancel_ = std::exchange(other.cancel_, nullptr);
        return *this;
    }
    ~Subscription() { Cancel(); }

    void Cancel() noexcept {
        if (auto cancel = std::exchange(cancel_, nullptr)) cancel();
    }

  private:
    std::function<void()> cancel_;
};

class Connection {
  public:
    struct Impl;

    // `executor` belongs to a single-threaded io_context. Of `tls`, which outlives it, every new
    // connection under TLS takes what is current; null: the system's CAs and no certificate.
    Connection(
        runtime::Executor executor, ConnectionConfig config, const tls::Credentials* tls = nullptr
    );
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Waits until the broker answers; without end, because services start in any order (cancel the
    // await to stop). Fails only for a configuration that can never work (InvalidArgument) and for
    // refused credentials (PermissionDenied). Call once, before anything else.
    runtime::Task<Status> Connect();

    const ConnectionState& state() const noexcept;
    // Grows with every connection, before anything is read from it. Any thread.
    uint64_t epoch() const noexcept;
    // What the broker takes in one message, in bytes. 0 before the first connection.
    int64_t max_payload() const noexcept;

    // Calls `listener` on the executor after every change of `state().connected`.
    Subscription OnStateChange(std::function<void(const ConnectionState&)> listener);

    // Writes one message. OK means handed to the socket, no more. Unavailable without connection,
    // InvalidArgument when larger than max_payload().
    Status Publish(
        std::string_view subject,
        std::string_view payload,
        const Headers& headers = {},
        std::string_view reply = {}
    );

    // Publishes and waits for one answer. NotFound: nobody listens on the subject. Unavailable: no
    // connection, or lost while waiting (the request may have been carried out).
    runtime::Task<Result<Message>> Request(
        std::string subject, std::string payload, Headers headers, Deadline deadline
    );

    // Messages of `subject` (with wildcards), in order, in bursts of what has arrived. They are
    // read on the executor's thread, so a handler that takes long holds up the socket, not a queue.
    using Handler = std::function<void(std::span<Message>)>;
    Result<Subscription> Subscribe(std::string_view subject, Handler handler);

    // Waits until the broker has taken in everything published so far.
    runtime::Task<Status> Flush(Deadline deadline);

    // Flushes, then closes for good: nothing can be published afterwards.
    runtime::Task<Status> Drain(Deadline deadline);

    Impl& impl() const noexcept { return *impl_; }  // for mp::bus itself

  private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace mp::bus
