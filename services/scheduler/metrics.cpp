#include "scheduler/metrics.hpp"

namespace mp::scheduler {

using telemetry::MetricRegistry;

JobsMetrics::JobsMetrics(MetricRegistry& registry)
    : fired_(registry.Counters("marketprism_jobs_fired_total", "Firings of jobs.", {"job"})),
      skipped_(registry.Counters(
          "marketprism_jobs_skipped_total", "Due times that were not fired.", {"job", "reason"}
      )),
      lateness_(registry.MakeHistogram(
          "marketprism_jobs_lateness_seconds", "From the time of a firing to its task in the queue."
      )),
      leading_(registry.MakeGauge("marketprism_jobs_leader", "1 while this instance fires jobs.")) {
}

void JobsMetrics::Fired(std::string_view job, Duration late) const {
    fired_.With({job}).Add();
    lateness_.Observe(late);
}

void JobsMetrics::Skipped(std::string_view job, std::string_view reason) const {
    skipped_.With({job, reason}).Add();
}

void JobsMetrics::Leading(bool leading) const {
    leading_.Set(leading ? 1 : 0);
}

}  // namespace mp::scheduler
