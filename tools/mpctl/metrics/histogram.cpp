#include "mpctl/metrics/histogram.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace mp::mpctl {
namespace {

std::optional<double> ParseBound(const std::string& text) {
    if (text == "+Inf") return std::numeric_limits<double>::infinity();
    double bound = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bound);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return bound;
}

}  // namespace

void Histogram::Merge(const Histogram& other) {
    for (const auto& [bound, count] : other.buckets_) buckets_[bound] += count;
}

Histogram Histogram::Since(const Histogram& older) const {
    if (older.count() > count()) return *this;
    Histogram since;
    for (const auto& [bound, count] : buckets_) {
        const auto before = older.buckets_.find(bound);
        const double earlier = before != older.buckets_.end() ? before->second : 0;
        if (earlier > count) return *this;
        since.buckets_[bound] = count - earlier;
    }
    return since;
}

std::optional<double> Histogram::Quantile(double q) const {
    if (count() <= 0) return std::nullopt;
    const double rank = q * count();
    double lower_bound = 0;
    double below = 0;
    for (const auto& [bound, cumulative] : buckets_) {
        if (cumulative >= rank && cumulative > below) {
            if (std::isinf(bound)) return lower_bound;
            const double part = (rank - below) / (cumulative - below);
            return lower_bound + (bound - lower_bound) * part;
        }
        lower_bound = bound;
        below = cumulative;
    }
    return lower_bound;
}

std::map<Labels, Histogram> HistogramsOf(const Samples& samples, const std::string& name) {
    std::map<Labels, Histogram> histograms;
    for (const auto& [labels, count] : samples.Of(name + "_bucket")) {
        const std::optional<double> bound = ParseBound(LabelOf(labels, "le"));
        if (!bound) continue;
        Labels others = labels;
        others.erase("le");
        histograms[std::move(others)].AddBucket(*bound, count);
    }
    return histograms;
}

}  // namespace mp::mpctl
