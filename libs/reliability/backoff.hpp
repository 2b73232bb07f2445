#pragma once
// How long to wait after the n-th failure: exponential from `base` to `max`, with jitter so that
// many clients that failed together do not come back together.

#include <cstdint>
#include <random>

#include "base/duration.hpp"

namespace mp::reliability {

enum class Jitter {
    kNone,          // base, 2 base, 4 base ... max
    kFull,          // anything between 0 and that: best against contention, may be close to 0
    kDecorrelated,  // anything between base and three times the last wait: never below base
};

struct BackoffConfig {
    Duration base = std::chrono::seconds(1);
    Duration max = std::chrono::seconds(60);
    Jitter jitter = Jitter::kDecorrelated;
};

// Endless: Next() can be called for ever. One owner, not thread-safe.
class Backoff {
  public:
    explicit Backoff(BackoffConfig config, uint32_t seed = std::random_device{}());

    Duration Next();

    // After a success: the next failure waits from `base` again.
    void Reset();

    // Failures since the last success.
    int failures() const { return failures_; }

  private:
    int64_t Between(int64_t low, int64_t high);

    const BackoffConfig config_;
    std::minstd_rand random_;
    int failures_ = 0;
    Duration last_;  // decorrelated: the last wait; otherwise the next ceiling
};

}  // namespace mp::reliability
