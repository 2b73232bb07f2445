#include "reliability/metrics.hpp"

#include <utility>

#include "reliability/exposition.hpp"

namespace mp::reliability {
namespace {

double Number(uint64_t count) {
    return static_cast<double>(count);
}

}  // namespace

Readings Expose(MetricRegistry& registry, const std::string& name, const CircuitBreaker& breaker) {
    using Stats = CircuitBreaker::Stats;
    return ExpositionOf(registry, name, breaker)
        .Gauge(
            "marketprism_circuit_breaker_state",
            "0 closed, 1 open, 2 half open.",
            [](const Stats& s) { return static_cast<double>(s.state); }
        )
        .Totals(
            "marketprism_circuit_breaker_calls_total",
            "Calls that asked a circuit breaker.",
            {{"allowed", &Stats::allowed}, {"refused", &Stats::refused}, {"failed", &Stats::failed}}
        )
        .Totals(
            "marketprism_circuit_breaker_changes_total",
            "Times a circuit breaker opened.",
            {{"opened", &Stats::opened}}
        )
        .Take();
}

Readings Expose(MetricRegistry& registry, const std::string& name, const RetryBudget& budget) {
    using Stats = RetryBudget::Stats;
    return ExpositionOf(registry, name, budget)
        .Gauge(
            "marketprism_retry_budget_left",
            "Retries saved up.",
            [](const Stats& s) { return s.left; }
        )
        .Totals(
            "marketprism_retries_total",
            "Retries that a budget was asked for.",
            {{"spent", &Stats::spent}, {"refused", &Stats::refused}}
        )
        .Take();
}

Readings Expose(MetricRegistry& registry, const std::string& name, const OutboundLimiter& limiter) {
    using Stats = OutboundLimiter::Stats;
    return ExpositionOf(registry, name, limiter)
        .Gauge(
            "marketprism_outbound_weight_used",
            "Weight spent inside the window.",
            [](const Stats& s) { return static_cast<double>(s.used); }
        )
        .Gauge(
            "marketprism_outbound_weight_limit",
            "Weight that fits the window.",
            [](const Stats& s) { return static_cast<double>(s.limit); }
        )
        .Gauge(
            "marketprism_outbound_waiting",
            "Requests in line.",
            [](const Stats& s) { return Number(s.waiting); }
        )
        .Gauge(
            "marketprism_outbound_blocked_seconds",
            "What is left of a ban.",
            [](const Stats& s) { return std::chrono::duration<double>(s.blocked_for).count(); }
        )
        .Totals(
            "marketprism_outbound_requests_total",
            "Requests that asked an outbound limiter.",
            {{"passed", &Stats::passed}, {"delayed", &Stats::delayed}, {"refused", &Stats::refused}}
        )
        .Totals(
            "marketprism_outbound_blocks_total",
            "Times a venue asked for silence.",
            {{"blocked", &Stats::blocks}}
        )
        .Take();
}

Readings Expose(MetricRegistry& registry, const std::string& name, const GcraLimiter& limiter) {
    using Stats = GcraLimiter::Stats;
    return ExpositionOf(registry, name, limiter)
        .Gauge(
            "marketprism_rate_limit_keys",
            "Keys that an inbound limiter remembers.",
            [](const Stats& s) { return Number(s.keys); }
        )
        .Totals(
            "marketprism_rate_limit_requests_total",
            "Requests that asked an inbound limiter.",
            {{"allowed", &Stats::allowed}, {"refused", &Stats::refused}}
        )
        .Totals(
            "marketprism_rate_limit_evictions_total",
            "Keys forgotten while in debt.",
            {{"forgotten", &Stats::forgotten}}
        )
        .Take();
}

Readings Expose(MetricRegistry& registry, const std::string& name, const Bulkhead& bulkhead) {
    using Stats = Bulkhead::Stats;
    return ExpositionOf(registry, name, bulkhead)
        .Gauge(
            "marketprism_bulkhead_running",
            "Calls inside.",
            [](const Stats& s) { return Number(s.running); }
        )
        .Gauge(
            "marketprism_bulkhead_waiting",
            "Calls in line.",
            [](const Stats& s) { return Number(s.waiting); }
        )
        .Totals(
            "marketprism_bulkhead_calls_total",
            "Calls that asked a bulkhead.",
            {{"entered", &Stats::entered},
             {"refused", &Stats::refused},
             {"expired", &Stats::expired}}
        )
        .Take();
}

Readings Expose(MetricRegistry& registry, const std::string& name, const DistributedLock& lock) {
    using Stats = DistributedLock::Stats;
    return ExpositionOf(registry, name, lock)
        .Gauge(
            "marketprism_lock_held",
            "1 while held here.",
            [](const Stats& s) { return s.held ? 1.0 : 0.0; }
        )
        .Totals(
            "marketprism_lock_events_total",
            "What happened to a lock, seen from here.",
            {{"acquired", &Stats::acquired},
             {"taken_over", &Stats::taken_over},
             {"contended", &Stats::contended},
             {"lost", &Stats::lost}}
        )
        .Take();
}

Readings Expose(MetricRegistry& registry, const std::string& name, const IdempotencyStore& store) {
    using Stats = IdempotencyStore::Stats;
    return ExpositionOf(registry, name, store)
        .Totals(
            "marketprism_idempotent_requests_total",
            "Requests with an idempotency key.",
            {{"reserved", &Stats::reserved},
             {"replayed", &Stats::replayed},
             {"waited", &Stats::waited},
             {"mismatched", &Stats::mismatched},
             {"taken_over", &Stats::taken_over}}
        )
        .Take();
}

Readings Expose(MetricRegistry& registry, const std::string& name, const Watchdog& watchdog) {
    using Stats = Watchdog::Stats;
    return ExpositionOf(registry, name, watchdog)
        .Gauge(
            "marketprism_watchdog_channels",
            "Channels watched for silence.",
            [](const Stats& s) { return Number(s.channels); }
        )
        .Totals(
            "marketprism_watchdog_silences_total",
            "Silences reported.",
            {{"channel", &Stats::silent_channels}, {"connection", &Stats::silent_connections}}
        )
        .Take();
}

Readings Expose(
    MetricRegistry& registry, const std::string& name, std::function<CacheStats()> stats
) {
    using Stats = CacheStats;
    return Exposition<Stats>(registry, name, std::move(stats))
        .Gauge(
            "marketprism_cache_entries",
            "Entries held.",
            [](const Stats& s) { return Number(s.entries); }
        )
        .Gauge(
            "marketprism_cache_bytes",
            "What the values held take up.",
            [](const Stats& s) { return Number(s.bytes); }
        )
        .Totals(
            "marketprism_cache_requests_total",
            "Lookups; stale ones are among the hits.",
            {{"hit", &Stats::hits}, {"stale", &Stats::stale}, {"miss", &Stats::misses}}
        )
        .Totals(
            "marketprism_cache_refreshes_total",
            "Background refreshes.",
            {{"begun", &Stats::refreshes}, {"failed", &Stats::failed_refreshes}}
        )
        .Totals(
            "marketprism_cache_evictions_total",
            "Entries that made room.",
            {{"evicted", &Stats::evictions}}
        )
        .Take();
}

Readings Expose(
    MetricRegistry& registry, const std::string& name, std::function<BatcherStats()> stats
) {
    using Stats = BatcherStats;
    return Exposition<Stats>(registry, name, std::move(stats))
        .Gauge(
            "marketprism_batch_buffered",
            "Items not yet flushed.",
            [](const Stats& s) { return Number(s.buffered); }
        )
        .Totals(
            "marketprism_batch_items_total",
            "Items offered to a batcher.",
            {{"added", &Stats::added}, {"refused", &Stats::refused}, {"flushed", &Stats::flushed}}
        )
        .Totals(
            "marketprism_batch_flushes_total",
            "Flushes of a batcher.",
            {{"ok", &Stats::batches}, {"failed", &Stats::failed_flushes}}
        )
        .Take();
}

}  // namespace mp::reliability
