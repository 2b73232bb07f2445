#pragma once
// The process as Prometheus expects it: process_resident_memory_bytes, process_cpu_seconds_total,
// process_open_fds, process_threads, process_start_time_seconds,
// marketprism_build_info{service,version}.

#include <string_view>
#include <vector>

#include "telemetry/metric_registry.hpp"

namespace mp::telemetry {

// Read from /proc when the metrics are asked for. Keep the object as long as the process runs.
class ProcessMetrics {
  public:
    ProcessMetrics(MetricRegistry& registry, std::string_view service, std::string_view version);

  private:
    std::vector<MetricRegistry::Reading> readings_;
};

}  // namespace mp::telemetry
