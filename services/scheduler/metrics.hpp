#pragma once
// What the scheduler counts about jobs.

#include <string_view>

#include "base/duration.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::scheduler {

class JobsMetrics {
  public:
    explicit JobsMetrics(telemetry::MetricRegistry& registry);

    void Fired(std::string_view job, Duration late) const;
    void Skipped(std::string_view job, std::string_view reason) const;  // "overlap" | "misfire"
    void Leading(bool leading) const;

  private:
    telemetry::CounterFamily fired_;
    telemetry::CounterFamily skipped_;
    telemetry::Histogram lateness_;
    telemetry::Gauge leading_;
};

}  // namespace mp::scheduler
