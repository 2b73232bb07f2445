#pragma once
// Shows what an HTTP server counts while this object lives; the server outlives it. Read on the
// thread that serves the metrics: the server's.

#include <vector>

#include "net/http_server.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::telemetry {

class HttpMetrics {
  public:
    HttpMetrics(MetricRegistry& registry, const net::HttpServer& server);

  private:
    std::vector<MetricRegistry::Reading> readings_;
};

}  // namespace mp::telemetry
