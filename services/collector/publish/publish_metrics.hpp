#pragma once
// Shows how spool and outbox stand while this object lives; they outlive it.

#include <vector>

#include "collector/publish/outbox.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::collector {

class PublishMetrics {
  public:
    PublishMetrics(telemetry::MetricRegistry& registry, const Outbox& outbox);

  private:
    std::vector<telemetry::MetricRegistry::Reading> readings_;
};

}  // namespace mp::collector
