#include "tasks/pool_metrics.hpp"

#include <functional>
#include <utility>

namespace mp::tasks {

using telemetry::MetricRegistry;

PoolMetrics::PoolMetrics(MetricRegistry& registry, const WorkerPool& pool) {
    const auto count = [&](const char* name, const char* help, uint64_t PoolCounters::*of) {
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
    using Counters = PoolCounters;
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

}  // namespace mp::tasks
