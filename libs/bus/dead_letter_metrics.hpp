#pragma once
// Shows what became of dead letters while this object lives; they outlive it. Read on the thread
// that serves the metrics: the connection's executor.

#include <vector>

#include "bus/dead_letter.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::bus {

class DeadLetterMetrics {
  public:
    DeadLetterMetrics(telemetry::MetricRegistry& registry, const DeadLetters& letters);

  private:
    std::vector<telemetry::MetricRegistry::Reading> readings_;
};

}  // namespace mp::bus
