#include "scheduler/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <functional>

#include "telemetry/logging.hpp"

namespace mp::scheduler {
namespace {

using telemetry::MetricRegistry;

const telemetry::Logger kLog{"scheduler"};
constexpr std::chrono::seconds kSlowCall{1};

}  // namespace

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

PoolMetrics::PoolMetrics(MetricRegistry& registry, const tasks::WorkerPool& pool) {
    const auto count = [&](const char* name, const char* help, uint64_t tasks::PoolCounters::*of) {
        readings_.push_back(registry.Read(
            MetricRegistry::ReadKind::kCounter,
            name,
            help,
            {},
            [&pool, of] { return static_cast<double>(pool.counters().*of); }
        ));
    };
    const auto show = [&](const char* name, const char* help, std::function<double()> read) {
        readings_.push_back(
            registry.Read(MetricRegistry::ReadKind::kGauge, name, help, {}, std::move(read))
        );
    };
    using Counters = tasks::PoolCounters;
    count("marketprism_tasks_started_total", "Attempts begun.", &Counters::started);
    count("marketprism_tasks_succeeded_total", "Tasks done.", &Counters::succeeded);
    count("marketprism_tasks_failed_total", "Attempts failed.", &Counters::failed);
    count(
        "marketprism_tasks_timed_out_total", "Attempts that took too long.", &Counters::timed_out
    );
    count("marketprism_tasks_retried_total", "Attempts to come again.", &Counters::retried);
    count("marketprism_tasks_dead_total", "Tasks given up.", &Counters::dead);
    count("marketprism_tasks_cancelled_total", "Tasks cancelled.", &Counters::cancelled);
    count("marketprism_tasks_errors_total", "Errors of the pool itself.", &Counters::errors);
    show("marketprism_tasks_workers", "Workers.", [&pool] {
        return static_cast<double>(pool.workers());
    });
    show("marketprism_tasks_busy_workers", "Workers at work.", [&pool] {
        return static_cast<double>(pool.busy());
    });
}

CallMetrics::CallMetrics(MetricRegistry& registry)
    : requests_(registry.Counters(
          "api_requests_total", "Calls answered.", {"method", "endpoint", "status"}
      )),
      seconds_(registry.Histograms(
          "api_request_duration_seconds", "Calls, from arrival to answer.", {"method", "endpoint"}
      )) {}

void CallMetrics::CallEnded(
    std::string_view method, const Status& status, std::chrono::nanoseconds duration
) {
    requests_.With({"grpc", method, absl::StatusCodeToString(status.code())}).Add();
    seconds_.With({"grpc", method}).Observe(Duration(duration));
    if (duration < kSlowCall) return;
    kLog.Warn("slow call", {{"name", method}, {"elapsed", Duration(duration)}, {"status", status}});
}

}  // namespace mp::scheduler
