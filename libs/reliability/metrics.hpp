#pragma once
// The state of this library's objects as metrics, read from their Stats when /metrics is asked for:
//
//   const Readings readings = Expose(registry, "storage", breaker);
//
// An object outlives its readings. Those bound to one io_context thread are read on the thread that
// serves the metrics, so it must be that one. Metric names: README.md.

#include <functional>
#include <string>
#include <vector>

#include "reliability/batcher.hpp"
#include "reliability/bulkhead.hpp"
#include "reliability/cache_store.hpp"
#include "reliability/circuit_breaker.hpp"
#include "reliability/distributed_lock.hpp"
#include "reliability/gcra_limiter.hpp"
#include "reliability/idempotency_store.hpp"
#include "reliability/outbound_limiter.hpp"
#include "reliability/retry_budget.hpp"
#include "reliability/watchdog.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::reliability {

using Readings = std::vector<telemetry::MetricRegistry::Reading>;
using telemetry::MetricRegistry;

// `name` is the label "name": an upstream, a venue, a cache; never a user or a symbol.
[[nodiscard]] Readings Expose(MetricRegistry&, const std::string& name, const CircuitBreaker&);
[[nodiscard]] Readings Expose(MetricRegistry&, const std::string& name, const RetryBudget&);
[[nodiscard]] Readings Expose(MetricRegistry&, const std::string& name, const OutboundLimiter&);
[[nodiscard]] Readings Expose(MetricRegistry&, const std::string& name, const GcraLimiter&);
[[nodiscard]] Readings Expose(MetricRegistry&, const std::string& name, const Bulkhead&);
[[nodiscard]] Readings Expose(MetricRegistry&, const std::string& name, const DistributedLock&);
[[nodiscard]] Readings Expose(MetricRegistry&, const std::string& name, const IdempotencyStore&);
[[nodiscard]] Readings Expose(MetricRegistry&, const std::string& name, const Watchdog&);

// For templates: [&cache] { return cache.GetStats(); }
[[nodiscard]] Readings Expose(
    MetricRegistry&, const std::string& name, std::function<CacheStats()> stats
);
[[nodiscard]] Readings Expose(
    MetricRegistry&, const std::string& name, std::function<BatcherStats()> stats
);

}  // namespace mp::reliability
