#include "telemetry/metrics.hpp"

#include <algorithm>

namespace mp::telemetry {

detail::HistogramCell::HistogramCell(const std::vector<double>& upper_bounds)
    : bounds(upper_bounds), counts(new std::atomic<uint64_t>[upper_bounds.size() + 1]()) {}

void Histogram::Observe(double value) const {
    if (!cell_) return;
    const auto bound = std::lower_bound(cell_->bounds.begin(), cell_->bounds.end(), value);
    const auto index = static_cast<size_t>(bound - cell_->bounds.begin());
    cell_->counts[index].fetch_add(1, std::memory_order_relaxed);
    cell_->sum.fetch_add(value, std::memory_order_relaxed);
}

uint64_t Histogram::count() const {
    if (!cell_) return 0;
    uint64_t total = 0;
    for (size_t i = 0; i <= cell_->bounds.size(); ++i) {
        total += cell_->counts[i].load(std::memory_order_relaxed);
    }
    return total;
}

double Histogram::sum() const {
    return cell_ ? cell_->sum.load(std::memory_order_relaxed) : 0;
}

const std::vector<double>& LatencyBuckets() {
    static const std::vector<double> buckets{
        1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3,
        1e-2, 2.5e-2, 5e-2, 0.1,  0.25,   0.5,  1,    2.5,    5,    10,   30,     60};
    return buckets;
}

}  // namespace mp::telemetry
