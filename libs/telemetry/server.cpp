#include "telemetry/server.hpp"

#include <utility>

#include "telemetry/routes.hpp"

namespace mp::telemetry {

Result<Server> Server::Listen(
    Executor executor,
    const std::string& host,
    uint16_t port,
    const MetricRegistry& metrics,
    const Health& health,
    std::optional<net::TlsContext> tls
) {
    net::Router router;
    MountTelemetry(router, metrics, health);
    net::HttpServerOptions options;
    options.host = host;
    options.port = port;
    options.tls = std::move(tls);
    Result<net::HttpServer> http =
        net::HttpServer::Listen(std::move(executor), std::move(options), std::move(router));
    if (!http.ok()) return http.status();
    return Server(*std::move(http));
}

}  // namespace mp::telemetry
