#pragma once
// A Prometheus histogram, or the difference of two, and its quantiles. Plain values.

#include <map>
#include <optional>
#include <string>

#include "mpctl/metrics/prometheus_text.hpp"

namespace mp::mpctl {

class Histogram {
  public:
    // Adds one sample of `<name>_bucket`: `count` values were at most `upper_bound`.
    void AddBucket(double upper_bound, double count) { buckets_[upper_bound] += count; }

    // The values of both together. Bounds must be the same, as those of one metric are.
    void Merge(const Histogram& other);

    // What came since `older`. A process that began anew counts from nothing.
    Histogram Since(const Histogram& older) const;

    double count() const { return buckets_.empty() ? 0 : buckets_.rbegin()->second; }

    // Where the q-th part of the values lies, between the bounds of its bucket in proportion, as
    // Prometheus does it; the last finite bound where it lies beyond. Nothing without values.
    std::optional<double> Quantile(double q) const;

  private:
    std::map<double, double> buckets_;  // cumulative
};

// The histograms of one metric, by their labels (without "le").
std::map<Labels, Histogram> HistogramsOf(const Samples& samples, const std::string& name);

}  // namespace mp::mpctl
