#pragma once
// The HTTP port of a service that serves nothing but health and metrics. The gateway mounts the
// same routes on its own server.

#include <cstdint>
#include <optional>
#include <string>

#include "base/status.hpp"
#include "net/http_server.hpp"
#include "runtime/task.hpp"
#include "telemetry/health.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::telemetry {

class Server {
  public:
    // Binds at once, so that a port in use is a start-up error. Port 0: any, see port(). `metrics`
    // and `health` outlive the server. Without `tls` it is plain HTTP.
    static Result<Server> Listen(
        Executor executor,
        const std::string& host,
        uint16_t port,
        const MetricRegistry& metrics,
        const Health& health,
        std::optional<net::TlsContext> tls = std::nullopt
    );

    // Serves until cancelled.
    Task<Status> Run() { return http_.Run(); }
    uint16_t port() const { return http_.port(); }

  private:
    explicit Server(net::HttpServer http) : http_(std::move(http)) {}

    net::HttpServer http_;
};

}  // namespace mp::telemetry
