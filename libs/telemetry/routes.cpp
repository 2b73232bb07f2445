#include "telemetry/routes.hpp"

namespace mp::telemetry {
namespace {

Task<net::HttpResponse> Full(const Health& health) {
    const HealthReport report = co_await health.Report();
    const bool up = report.status != HealthStatus::kUnhealthy;
    co_return net::JsonResponse(up ? 200 : 503, report.ToJson());
}

Task<net::HttpResponse> Live() {
    co_return net::JsonResponse(200, R"({"status":"alive"})");
}

Task<net::HttpResponse> Ready(const Health& health) {
    if (!health.ready()) co_return net::JsonResponse(503, R"({"status":"not ready"})");
    const HealthReport report = co_await health.Report();
    if (report.status == HealthStatus::kUnhealthy)
        co_return net::JsonResponse(503, report.ToJson());
    co_return net::JsonResponse(200, R"({"status":"ready"})");
}

Task<net::HttpResponse> Metrics(const MetricRegistry& metrics) {
    co_return net::MakeResponse(200, "text/plain; version=0.0.4; charset=utf-8", metrics.ToText());
}

}  // namespace

void MountTelemetry(net::Router& router, const MetricRegistry& metrics, const Health& health) {
    router.Get("/health", [&health](const net::HttpRequest&) { return Full(health); });
    router.Get("/health/live", [](const net::HttpRequest&) { return Live(); });
    router.Get("/health/ready", [&health](const net::HttpRequest&) { return Ready(health); });
    router.Get("/metrics", [&metrics](const net::HttpRequest&) { return Metrics(metrics); });
}

}  // namespace mp::telemetry
