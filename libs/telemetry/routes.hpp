#pragma once
// The routes that every service has on its HTTP port:
//   GET /health        200, or 503 when unhealthy; HealthReport as JSON
//   GET /health/live   200 as long as the event loop turns
//   GET /health/ready  200 when the service takes work and is not unhealthy, else 503
//   GET /metrics       Prometheus text

#include "net/router.hpp"
#include "telemetry/health.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::telemetry {

// Both outlive the router.
void MountTelemetry(net::Router& router, const MetricRegistry& metrics, const Health& health);

}  // namespace mp::telemetry
