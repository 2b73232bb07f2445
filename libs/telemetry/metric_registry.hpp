#pragma once
// All metrics of a process and their Prometheus text. One per process, made in main, outlives every
// handle. Thread-safe; resolving takes a lock and a lookup, so components resolve in their
// constructor:
//
//   struct CollectorMetrics {
//       explicit CollectorMetrics(MetricRegistry& registry)
//           : messages(registry.Counters("marketprism_messages_total", "Messages handled.",
//                                        {"exchange", "data_type", "status"})) {}
//       CounterFamily messages;
//   };
//   Counter ok = metrics.messages.With({"binance", "trade", "ok"});
//
// Asking again for the same name gives the same family; with another kind or other labels it aborts
// (two pieces of code disagree). Labels never hold a symbol or a user: past 1000 label sets a
// family counts everything new under the label value "other".

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/metrics.hpp"

namespace mp::telemetry {

namespace detail {
class FamilyData;
}

// The metrics of one name, told apart by label values.
template <typename Metric>
class Family {
  public:
    Family() = default;  // its metrics count into nothing
    explicit Family(detail::FamilyData* data) : data_(data) {}

    // In the order of the label names. The same values give the same metric.
    Metric With(std::initializer_list<std::string_view> values) const;

  private:
    detail::FamilyData* data_ = nullptr;
};

using CounterFamily = Family<Counter>;
using GaugeFamily = Family<Gauge>;
using HistogramFamily = Family<Histogram>;
using LabelNames = std::vector<std::string>;
using Labels = std::vector<std::pair<std::string, std::string>>;

class MetricRegistry {
  public:
    MetricRegistry();
    ~MetricRegistry();
    MetricRegistry(const MetricRegistry&) = delete;
    MetricRegistry& operator=(const MetricRegistry&) = delete;

    CounterFamily Counters(std::string_view name, std::string_view help, LabelNames labels);
    GaugeFamily Gauges(std::string_view name, std::string_view help, LabelNames labels);
    HistogramFamily Histograms(
        std::string_view name,
        std::string_view help,
        LabelNames labels,
        const std::vector<double>& bounds = LatencyBuckets()
    );

    // Metrics without labels.
    Counter MakeCounter(std::string_view name, std::string_view help);
    Gauge MakeGauge(std::string_view name, std::string_view help);
    Histogram MakeHistogram(
        std::string_view name,
        std::string_view help,
        const std::vector<double>& bounds = LatencyBuckets()
    );

    // Reads a value when the metrics are asked for, on the thread that asks, until the returned
    // object goes away: queue depths, statistics that others keep. The name is no family's; `read`
    // does not call the registry.
    enum class ReadKind { kCounter, kGauge };
    class Reading {
      public:
        Reading() = default;
        Reading(Reading&& other) noexcept;
        Reading& operator=(Reading&& other) noexcept;
        ~Reading();

      private:
        friend class MetricRegistry;
        Reading(MetricRegistry* registry, uint64_t id) : registry_(registry), id_(id) {}
        void Release();

        MetricRegistry* registry_ = nullptr;
        uint64_t id_ = 0;
    };
    [[nodiscard]] Reading Read(
        ReadKind kind,
        std::string_view name,
        std::string_view help,
        Labels labels,
        std::function<double()> read
    );

    // The Prometheus text exposition of everything.
    std::string ToText() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace mp::telemetry
