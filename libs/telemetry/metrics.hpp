#pragma once
// Handles to metrics: small values, resolved once (telemetry/metric_registry.hpp) and kept by
// whoever counts. Updating is a few relaxed atomic instructions, from any thread. A
// default-constructed handle counts into nothing, so a component works without a registry. The
// registry outlives its handles.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/duration.hpp"

namespace mp::telemetry {
namespace detail {

// A cache line each, so that counting in one thread does not slow another.
struct alignas(64) CounterCell {
    std::atomic<uint64_t> value{0};
};

struct alignas(64) GaugeCell {
    std::atomic<double> value{0};
};

struct alignas(64) HistogramCell {
    explicit HistogramCell(const std::vector<double>& upper_bounds);

    const std::vector<double> bounds;                 // ascending; beyond the last: +Inf
    std::unique_ptr<std::atomic<uint64_t>[]> counts;  // one a bound, and one for +Inf
    std::atomic<double> sum{0};
};

}  // namespace detail

// Only goes up.
class Counter {
  public:
    Counter() = default;
    explicit Counter(detail::CounterCell* cell) : cell_(cell) {}

    void Add(uint64_t count = 1) const {
        if (cell_) cell_->value.fetch_add(count, std::memory_order_relaxed);
    }
    uint64_t value() const { return cell_ ? cell_->value.load(std::memory_order_relaxed) : 0; }

  private:
    detail::CounterCell* cell_ = nullptr;
};

// Goes up and down.
class Gauge {
  public:
    Gauge() = default;
    explicit Gauge(detail::GaugeCell* cell) : cell_(cell) {}

    void Set(double value) const {
        if (cell_) cell_->value.store(value, std::memory_order_relaxed);
    }
    void Add(double difference) const {
        if (cell_) cell_->value.fetch_add(difference, std::memory_order_relaxed);
    }
    double value() const { return cell_ ? cell_->value.load(std::memory_order_relaxed) : 0; }

  private:
    detail::GaugeCell* cell_ = nullptr;
};

// Counts values by size. Durations are observed in seconds.
class Histogram {
  public:
    Histogram() = default;
    explicit Histogram(detail::HistogramCell* cell) : cell_(cell) {}

    void Observe(double value) const;
    void Observe(Duration duration) const {
        Observe(std::chrono::duration<double>(duration).count());
    }
    uint64_t count() const;
    double sum() const;

  private:
    detail::HistogramCell* cell_ = nullptr;
};

// Upper bounds from 1 us to 60 s in steps of about 2.
const std::vector<double>& LatencyBuckets();

// Observes how long its scope took.
class ScopedTimer {
  public:
    explicit ScopedTimer(Histogram histogram) : histogram_(histogram) {}
    ~ScopedTimer() { histogram_.Observe(Duration(std::chrono::steady_clock::now() - start_)); }
    ScopedTimer(const ScopedTimer&) = delete;
    ScopedTimer& operator=(const ScopedTimer&) = delete;

  private:
    Histogram histogram_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace mp::telemetry
