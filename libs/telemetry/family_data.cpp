#include "telemetry/family_data.hpp"

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>

namespace mp::telemetry {
namespace detail {
namespace {

constexpr size_t kMaxLabelSets = 1000;
constexpr std::string_view kOverflowLabel = "other";

[[noreturn]] void AbortWith(const std::string& sentence) {
    std::fprintf(stderr, "%s\n", sentence.c_str());
    std::abort();
}

void Fill(prometheus::ClientMetric& metric, const CounterCell& cell) {
    metric.counter.value = static_cast<double>(cell.value.load(std::memory_order_relaxed));
}

void Fill(prometheus::ClientMetric& metric, const GaugeCell& cell) {
    metric.gauge.value = cell.value.load(std::memory_order_relaxed);
}

void Fill(prometheus::ClientMetric& metric, const HistogramCell& cell) {
    uint64_t cumulative = 0;
    for (size_t i = 0; i <= cell.bounds.size(); ++i) {
        cumulative += cell.counts[i].load(std::memory_order_relaxed);
        const bool last = i == cell.bounds.size();
        metric.histogram.bucket.push_back(
            {cumulative, last ? std::numeric_limits<double>::infinity() : cell.bounds[i]}
        );
    }
    metric.histogram.sample_count = cumulative;
    metric.histogram.sample_sum = cell.sum.load(std::memory_order_relaxed);
}

}  // namespace

FamilyData::FamilyData(
    std::string name,
    std::string help,
    prometheus::MetricType type,
    LabelNames labels,
    std::vector<double> bounds
)
    : name_(std::move(name)),
      help_(std::move(help)),
      type_(type),
      labels_(std::move(labels)),
      bounds_(std::move(bounds)) {}

template <typename Cell, typename... Args>
Cell* FamilyData::FindIn(
    Cells<Cell>& cells, std::initializer_list<std::string_view> values, const Args&... args
) {
    if (values.size() != labels_.size()) {
        AbortWith(
            "metric " + name_ + " has " + std::to_string(labels_.size()) + " labels, not " +
            std::to_string(values.size())
        );
    }
    std::vector<std::string> key(values.begin(), values.end());
    const auto found = cells.by_values.find(key);
    if (found != cells.by_values.end()) return found->second;
    if (cells.by_values.size() >= kMaxLabelSets) {
        key.assign(labels_.size(), std::string(kOverflowLabel));
        const auto other = cells.by_values.find(key);
        if (other != cells.by_values.end()) return other->second;
    }
    Cell* cell = &cells.cells.emplace_back(args...);
    cells.by_values.emplace(std::move(key), cell);
    return cell;
}

CounterCell* FamilyData::Find(std::initializer_list<std::string_view> values, Counter*) {
    const MutexLock lock(mutex_);
    return FindIn(counters_, values);
}

GaugeCell* FamilyData::Find(std::initializer_list<std::string_view> values, Gauge*) {
    const MutexLock lock(mutex_);
    return FindIn(gauges_, values);
}

HistogramCell* FamilyData::Find(std::initializer_list<std::string_view> values, Histogram*) {
    const MutexLock lock(mutex_);
    return FindIn(histograms_, values, bounds_);
}

prometheus::ClientMetric FamilyData::Labelled(const std::vector<std::string>& values) const {
    prometheus::ClientMetric metric;
    for (size_t i = 0; i < values.size(); ++i) metric.label.push_back({labels_[i], values[i]});
    return metric;
}

prometheus::MetricFamily FamilyData::Collect() const {
    prometheus::MetricFamily family{name_, help_, type_, {}};
    const auto add_all = [&](const auto& cells) {
        for (const auto& [values, cell] : cells.by_values) {
            Fill(family.metric.emplace_back(Labelled(values)), *cell);
        }
    };
    const MutexLock lock(mutex_);
    add_all(counters_);
    add_all(gauges_);
    add_all(histograms_);
    return family;
}

}  // namespace detail

template <typename Metric>
Metric Family<Metric>::With(std::initializer_list<std::string_view> values) const {
    if (!data_) return Metric();
    return Metric(data_->Find(values, static_cast<Metric*>(nullptr)));
}

template class Family<Counter>;
template class Family<Gauge>;
template class Family<Histogram>;

}  // namespace mp::telemetry
