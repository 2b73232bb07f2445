#include "telemetry/http_metrics.hpp"

namespace mp::telemetry {

HttpMetrics::HttpMetrics(MetricRegistry& registry, const net::HttpServer& server) {
    using Kind = MetricRegistry::ReadKind;
    using Stats = net::HttpServerStats;
    const auto show = [&](Kind kind, const char* name, const char* help, uint64_t Stats::*of) {
        readings_.push_back(registry.Read(kind, name, help, {}, [&server, of] {
            return static_cast<double>(server.stats().*of);
        }));
    };
    show(
        Kind::kGauge,
        "marketprism_http_connections",
        "Connections that are open.",
        &Stats::connections_open
    );
    show(
        Kind::kGauge,
        "marketprism_http_websockets",
        "Those of them that are WebSockets.",
        &Stats::websockets_open
    );
    show(
        Kind::kCounter,
        "marketprism_http_connections_total",
        "Connections accepted.",
        &Stats::connections_accepted
    );
    show(
        Kind::kCounter,
        "marketprism_http_connections_refused_total",
        "Connections beyond the limit.",
        &Stats::connections_refused
    );
    show(
        Kind::kCounter,
        "marketprism_http_protocol_errors_total",
        "What was no request: not HTTP, too large, too slow.",
        &Stats::protocol_errors
    );
    show(
        Kind::kCounter,
        "marketprism_http_handler_failures_total",
        "Requests whose handler threw.",
        &Stats::handler_failures
    );
    show(
        Kind::kCounter,
        "marketprism_http_tls_failures_total",
        "Connections refused by TLS: no certificate, a foreign one, or no TLS at all.",
        &Stats::tls_failures
    );
}

}  // namespace mp::telemetry
