#include "telemetry/metrics.hpp"

#include <algorithm>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

#include "telemetry/metric_registry.hpp"
#include "telemetry/process_metrics.hpp"

namespace mp::telemetry {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, WithoutARegistryCountIntoNothing) {
    const Counter counter;
    const Gauge gauge;
    const Histogram histogram;
    counter.Add();
    gauge.Set(1);
    histogram.Observe(1);
    EXPECT_EQ(counter.value(), 0u);
    EXPECT_EQ(CounterFamily().With({"any"}).value(), 0u);
}

TEST(Metrics, AppearInTheText) {
    MetricRegistry registry;
    const CounterFamily messages =
        registry.Counters("marketprism_messages_total", "Messages.", {"exchange", "status"});
    messages.With({"binance", "ok"}).Add(3);
    messages.With({"okx", "o\"k\\\n"}).Add();
    registry.MakeGauge("marketprism_depth", "Depth.").Set(-2.5);
    EXPECT_EQ(
        registry.ToText(),
        "# HELP marketprism_depth Depth.\n"
        "# TYPE marketprism_depth gauge\n"
        "marketprism_depth -2.5\n"
        "# HELP marketprism_messages_total Messages.\n"
        "# TYPE marketprism_messages_total counter\n"
        "marketprism_messages_total{exchange=\"binance\",status=\"ok\"} 3\n"
        "marketprism_messages_total{exchange=\"okx\",status=\"o\\\"k\\\\\\n\"} 1\n"
    );
}

TEST(Metrics, TheSameLabelsGiveTheSameMetric) {
    MetricRegistry registry;
    const auto family = [&] { return registry.Counters("x_total", "X.", {"a"}); };
    family().With({"1"}).Add(2);
    family().With({"1"}).Add(3);
    EXPECT_EQ(family().With({"1"}).value(), 5u);
    EXPECT_EQ(family().With({"2"}).value(), 0u);
}

TEST(Metrics, HistogramsCountByUpperBound) {
    MetricRegistry registry;
    const Histogram histogram = registry.MakeHistogram("h_seconds", "H.", {0.001, 1});
    histogram.Observe(Duration(1ms));
    histogram.Observe(0.5);
    histogram.Observe(2.0);
    EXPECT_EQ(histogram.count(), 3u);
    EXPECT_DOUBLE_EQ(histogram.sum(), 2.501);
    const std::string text = registry.ToText();
    EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"0.001\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"1\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"+Inf\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("h_seconds_count 3\n"));
}

TEST(Metrics, LatencyBucketsReachFromAMicrosecondToAMinute) {
    EXPECT_EQ(LatencyBuckets().front(), 1e-6);
    EXPECT_EQ(LatencyBuckets().back(), 60);
    EXPECT_TRUE(std::is_sorted(LatencyBuckets().begin(), LatencyBuckets().end()));
}

TEST(Metrics, AFamilyIsBounded) {
    MetricRegistry registry;
    const CounterFamily family = registry.Counters("x_total", "X.", {"a"});
    for (int i = 0; i < 1500; ++i) family.With({std::to_string(i)}).Add();
    EXPECT_EQ(family.With({"other"}).value(), 500u);
    EXPECT_EQ(family.With({"7"}).value(), 1u);
}

TEST(Metrics, AreReadWhileTheReadingLives) {
    MetricRegistry registry;
    double depth = 4;
    {
        const auto kind = MetricRegistry::ReadKind::kGauge;
        const auto a = registry.Read(kind, "depth", "D.", {{"q", "a"}}, [&] { return depth; });
        auto b = registry.Read(kind, "depth", "D.", {{"q", "b"}}, [] { return 1; });
        const auto moved = std::move(b);
        depth = 5;
        EXPECT_THAT(registry.ToText(), HasSubstr("depth{q=\"a\"} 5\ndepth{q=\"b\"} 1\n"));
    }
    EXPECT_EQ(registry.ToText(), "");
}

TEST(Metrics, CountExactlyFromSeveralThreads) {
    MetricRegistry registry;
    const Histogram histogram = registry.MakeHistogram("h_seconds", "H.");
    const CounterFamily family = registry.Counters("x_total", "X.", {"a"});
    const auto count = [&] {
        for (int i = 0; i < 10000; ++i) {
            family.With({std::to_string(i % 3)}).Add();
            histogram.Observe(0.001);
            if (i % 1000 != 0) continue;
            EXPECT_THAT(registry.ToText(), HasSubstr("x_total"));
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) threads.emplace_back(count);
    }
    EXPECT_EQ(
        family.With({"0"}).value() + family.With({"1"}).value() + family.With({"2"}).value(), 40000u
    );
    EXPECT_EQ(histogram.count(), 40000u);
    EXPECT_NEAR(histogram.sum(), 40, 1e-6);
}

TEST(MetricsDeathTest, DisagreementAborts) {
    MetricRegistry registry;
    (void)registry.Counters("x_total", "X.", {"a"});
    EXPECT_DEATH((void)registry.Gauges("x_total", "X.", {"a"}), "x_total is used with two kinds");
    EXPECT_DEATH((void)registry.Counters("x_total", "X.", {"b"}), "two sets of labels");
    EXPECT_DEATH((void)registry.Counters("x_total", "X.", {"a"}).With({"1", "2"}), "has 1 labels");
    EXPECT_DEATH((void)registry.MakeCounter("bad name", "X."), "bad metric name");
}

TEST(ProcessMetrics, DescribeTheProcess) {
    MetricRegistry registry;
    const ProcessMetrics process(registry, "test", "1.2.3");
    const std::string text = registry.ToText();
    EXPECT_THAT(text, HasSubstr("marketprism_build_info{service=\"test\",version=\"1.2.3\"} 1\n"));
    for (const char* name :
         {"process_resident_memory_bytes",
          "process_open_fds",
          "process_threads",
          "process_start_time_seconds"}) {
        EXPECT_THAT(text, HasSubstr("\n" + std::string(name) + " "));
        EXPECT_THAT(text, Not(HasSubstr("\n" + std::string(name) + " 0\n")));
    }
    EXPECT_THAT(text, HasSubstr("# TYPE process_cpu_seconds_total counter\n"));
}

}  // namespace
}  // namespace mp::telemetry
