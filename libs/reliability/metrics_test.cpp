#include "reliability/metrics.hpp"

#include <gtest/gtest.h>

#include "testing/manual_clock.hpp"

namespace mp::reliability {
namespace {

bool Says(const telemetry::MetricRegistry& registry, std::string_view line) {
    return registry.ToText().find(line) != std::string::npos;
}

TEST(ReliabilityMetrics, ShowABreakersStateWhenAsked) {
    telemetry::MetricRegistry registry;
    mp::testing::ManualClock clock;
    CircuitBreaker breaker("storage", {.failure_threshold = 2}, clock);
    const Readings readings = Expose(registry, "storage", breaker);
    EXPECT_TRUE(Says(registry, "marketprism_circuit_breaker_state{name=\"storage\"} 0"));
    for (int i = 0; i < 3; ++i) {
        if (auto permit = breaker.Allow(); permit.ok()) permit->Report(absl::UnavailableError(""));
    }
    EXPECT_TRUE(Says(registry, "marketprism_circuit_breaker_state{name=\"storage\"} 1"));
    EXPECT_TRUE(Says(
        registry, "marketprism_circuit_breaker_calls_total{name=\"storage\",outcome=\"refused\"} 1"
    ));
}

TEST(ReliabilityMetrics, ShowTheHitsOfACache) {
    telemetry::MetricRegistry registry;
    mp::testing::ManualClock clock;
    CacheStore<int> store({}, clock);
    const Readings readings = Expose(registry, "quotes", [&store] { return store.GetStats(); });
    store.Get("a");
    store.Set("a", 1);
    store.Get("a");
    EXPECT_TRUE(
        Says(registry, "marketprism_cache_requests_total{name=\"quotes\",outcome=\"hit\"} 1")
    );
    EXPECT_TRUE(Says(registry, "marketprism_cache_entries{name=\"quotes\"} 1"));
}

TEST(ReliabilityMetrics, EndWithTheirReadings) {
    telemetry::MetricRegistry registry;
    {
        const GcraLimiter limiter;
        const Readings readings = Expose(registry, "user", limiter);
        EXPECT_TRUE(Says(registry, "marketprism_rate_limit_keys{name=\"user\"} 0"));
    }
    EXPECT_FALSE(Says(registry, "name=\"user\""));
}

}  // namespace
}  // namespace mp::reliability
