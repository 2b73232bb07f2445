#pragma once
// How metrics.cpp turns the Stats of an object into readings of a registry. Not for direct use.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>

#include "reliability/metrics.hpp"

namespace mp::reliability {

// Collects the readings of one object.
template <typename Stats>
class Exposition {
  public:
    using Count = uint64_t Stats::*;
    using Field = double (*)(const Stats&);

    Exposition(MetricRegistry& registry, const std::string& name, std::function<Stats()> stats)
        : registry_(registry), name_(name), stats_(std::move(stats)) {}

    // One counter, told apart by the label "outcome".
    Exposition& Totals(
        const char* metric,
        const char* help,
        std::initializer_list<std::pair<const char*, Count>> outcomes
    ) {
        for (const auto& [outcome, count] : outcomes) {
            Add(MetricRegistry::ReadKind::kCounter,
                metric,
                help,
                {{"name", name_}, {"outcome", outcome}},
                [count = count](const Stats& stats) { return static_cast<double>(stats.*count); });
        }
        return *this;
    }

    Exposition& Gauge(const char* metric, const char* help, Field field) {
        Add(MetricRegistry::ReadKind::kGauge, metric, help, {{"name", name_}}, field);
        return *this;
    }

    Readings Take() { return std::move(readings_); }

  private:
    template <typename Read>
    void Add(
        MetricRegistry::ReadKind kind,
        const char* metric,
        const char* help,
        const telemetry::Labels& labels,
        Read read
    ) {
        readings_.push_back(registry_.Read(kind, metric, help, labels, [stats = stats_, read] {
            return read(stats());
        }));
    }

    MetricRegistry& registry_;
    const std::string name_;
    const std::function<Stats()> stats_;
    Readings readings_;
};

template <typename Object>
auto ExpositionOf(MetricRegistry& registry, const std::string& name, const Object& object) {
    using Stats = decltype(object.GetStats());
    return Exposition<Stats>(registry, name, [&object] { return object.GetStats(); });
}

}  // namespace mp::reliability
