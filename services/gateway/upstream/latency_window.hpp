#pragma once
// How long the last calls took, to tell a slow one from the rest. Not thread-safe.

#include <array>
#include <cstddef>

#include "base/duration.hpp"

namespace mp::gateway {

class LatencyWindow {
  public:
    static constexpr size_t kCalls = 256;

    void Add(Duration took);

    // 95 of 100 calls took at most this; 0 while there are fewer than 20. Computed anew every 16
    // calls.
    Duration p95() const { return p95_; }

  private:
    void Compute();

    std::array<Duration, kCalls> ring_{};
    size_t count_ = 0;  // of all calls so far
    Duration p95_{0};
};

}  // namespace mp::gateway
