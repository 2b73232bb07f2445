#pragma once
// A client of one Redis, for what may be missing: every failure is an answer at once, nothing waits
// for the server to come back.
//
//   redis::Connection redis{io.get_executor(), config, metrics};
//   auto reply = co_await redis.Command({"GET", key}, Deadline::After(20ms));
//   co_await redis.Run();        // beside: connects, and again whenever the connection is lost
//
// Commands that are given in one turn of the executor leave in one write, and replies are matched
// in order (pipelining). One io_context thread; whoever waits for a reply ends before this object
// does.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "net/tls.hpp"
#include "redis/config.hpp"
#include "redis/reply.hpp"
#include "runtime/task.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::redis {

namespace detail {
struct Call;
class Session;
}  // namespace detail

// Binary-safe: {"SET", key, value, "PX", "1000"}.
using Arguments = std::vector<std::string>;

struct ConnectionState {
    bool connected = false;
    std::string error = "not connected yet";  // why not; never a password
};

class Connection {
  public:
    // `metrics` outlives it. The address must not be empty. `tls` is for rediss://; without it the
    // system's CAs are trusted.
    Connection(
        Executor executor,
        ConnectionConfig config,
        telemetry::MetricRegistry& metrics,
        std::optional<net::TlsContext> tls = std::nullopt
    );
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Keeps a connection until cancelled: waits longer after each failure, with jitter, and begins
    // anew after a success. Once.
    Task<Status> Run();

    // Unavailable at once without a connection, and when it is lost; ResourceExhausted at once
    // beyond the bounds; DeadlineExceeded (the command may still be carried out); what Redis says
    // (reply.hpp).
    Task<Result<Reply>> Command(Arguments arguments, Deadline deadline);

    // Several at once, each with a result of its own, in their order.
    Task<std::vector<Result<Reply>>> Pipeline(std::vector<Arguments> commands, Deadline deadline);

    // Without waiting for the reply. Errors as Command's that come at once.
    Status Send(const Arguments& arguments);

    const ConnectionState& state() const { return state_; }

  private:
    using Started = Result<std::shared_ptr<detail::Call>>;

    Started Start(const Arguments& arguments);
    Task<Result<Reply>> Finish(Started call, Deadline deadline);
    Task<Status> Connect();
    Task<Status> StayConnected(detail::Session& session);
    void Lose(const Status& reason);

    const Executor executor_;
    const ConnectionConfig config_;
    const std::optional<net::TlsContext> tls_;
    const std::string name_;
    std::array<telemetry::Counter, 6> commands_;  // by outcome
    telemetry::Gauge connected_;
    reliability::Backoff backoff_;
    detail::Session* session_ = nullptr;  // while commands are taken
    ConnectionState state_;
};

}  // namespace mp::redis
