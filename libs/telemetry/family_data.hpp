#pragma once
// What a family of metrics consists of. Private to the registry.

#include <deque>
#include <map>
#include <prometheus/metric_family.h>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::telemetry::detail {

class FamilyData {
  public:
    FamilyData(
        std::string name,
        std::string help,
        prometheus::MetricType type,
        LabelNames labels,
        std::vector<double> bounds
    );

    // Whether a second request for this name means the same family.
    bool Fits(prometheus::MetricType type, const LabelNames& labels) const {
        return type == type_ && labels == labels_;
    }

    CounterCell* Find(std::initializer_list<std::string_view> values, Counter*);
    GaugeCell* Find(std::initializer_list<std::string_view> values, Gauge*);
    HistogramCell* Find(std::initializer_list<std::string_view> values, Histogram*);

    prometheus::MetricFamily Collect() const;

  private:
    // Cells have stable addresses, label sets are found by their values.
    template <typename Cell>
    struct Cells {
        std::deque<Cell> cells;
        std::map<std::vector<std::string>, Cell*> by_values;
    };

    template <typename Cell, typename... Args>
    Cell* FindIn(
        Cells<Cell>& cells, std::initializer_list<std::string_view> values, const Args&... args
    );
    prometheus::ClientMetric Labelled(const std::vector<std::string>& values) const;

    const std::string name_;
    const std::string help_;
    const prometheus::MetricType type_;
    const LabelNames labels_;
    const std::vector<double> bounds_;
    mutable Mutex mutex_;
    Cells<CounterCell> counters_ ABSL_GUARDED_BY(mutex_);
    Cells<GaugeCell> gauges_ ABSL_GUARDED_BY(mutex_);
    Cells<HistogramCell> histograms_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mp::telemetry::detail
