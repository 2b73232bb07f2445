#pragma once
// Bounds retries to a share of the calls, so that a failing upstream is not buried under them:
// every call earns `per_call` of a retry, every retry spends one, at most `max` are saved up.
// Thread-safe; share one object among all calls to one upstream.

#include <cstdint>

#include "base/mutex.hpp"

namespace mp::reliability {

class RetryBudget {
  public:
    struct Stats {
        double left = 0;
        uint64_t spent = 0;
        uint64_t refused = 0;
    };

    explicit RetryBudget(double per_call = 0.1, double max = 10);

    void OnCall();
    bool TakeRetry();
    Stats GetStats() const;

  private:
    const double per_call_;
    const double max_;

    mutable Mutex mutex_;
    Stats stats_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mp::reliability
