#include "gateway/upstream/latency_window.hpp"

#include <algorithm>

namespace mp::gateway {
namespace {

constexpr size_t kEnough = 20;
constexpr size_t kRecompute = 16;

}  // namespace

void LatencyWindow::Add(Duration took) {
    ring_[count_++ % kCalls] = took;
    if (count_ >= kEnough && (count_ % kRecompute == 0 || count_ == kEnough)) Compute();
}

void LatencyWindow::Compute() {
    std::array<Duration, kCalls> sorted = ring_;
    const auto end = sorted.begin() + static_cast<ptrdiff_t>(std::min(count_, kCalls));
    const auto place = sorted.begin() + (end - sorted.begin()) * 95 / 100;
    std::nth_element(sorted.begin(), place, end);
    p95_ = *place;
}

}  // namespace mp::gateway
