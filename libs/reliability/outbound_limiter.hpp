#pragma once
// Keeps our requests to a venue inside its budget: at most `limit` weight in any `window`, looking
// back (a sliding window, so no border lets twice the weight through).
//
// Who finds the window full waits in line; a large request is not overtaken by small ones. The
// venue has the last word: the used weight it reports counts where it is above ours (another
// process on the same address), and Retry-After or a ban stops everybody. Thread-safe; one object
// per budget, shared by all who spend from it. Objects must outlive the Acquire calls on them.

#include <cstdint>
#include <deque>
#include <list>
#include <string>

#include "base/deadline.hpp"
#include "base/duration.hpp"
#include "base/mutex.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "reliability/pause.hpp"

namespace mp::reliability {

class OutboundLimiter {
  public:
    struct Config {
        int64_t limit = 6000;
        Duration window = std::chrono::seconds(60);
        size_t max_waiting = 1000;
    };

    struct Stats {
        int64_t used = 0;  // weight inside the window now
        int64_t limit = 0;
        uint64_t waiting = 0;
        uint64_t passed = 0;      // requests
        uint64_t delayed = 0;     // of these, after a wait
        uint64_t refused = 0;     // line full, or no chance before the deadline
        uint64_t blocks = 0;      // Retry-After and bans
        Duration blocked_for{0};  // what is left of the last one
    };

    // `clock` must outlive the limiter.
    explicit OutboundLimiter(
        Config config, const Clock& clock = DefaultClock(), Pause pause = TimerPause()
    );

    // Waits for its turn and spends `weight`. DeadlineExceeded, at once, where the turn would come
    // after `deadline`; ResourceExhausted where the line is full; both with the wait attached
    // (RetryAfterOf). InvalidArgument for a weight beyond the limit.
    Task<Status> Acquire(int64_t weight, Deadline deadline);

    // Spends `weight` and returns 0, or says how long to wait before the next try; joins no line.
    Duration TryAcquire(int64_t weight);

    // The weight that the venue says is used in its window (X-MBX-USED-WEIGHT-1M).
    void ServerUsed(int64_t used);

    // The venue wants silence: 429 or 418 with Retry-After. Never shortens an earlier one.
    void BlockFor(Duration wait);

    Stats GetStats() const;

  private:
    struct Spent {
        Nanos at;
        int64_t weight;
    };
    using Line = std::list<int64_t>;  // weights of those who wait, first come first
    class Place;

    Status Refused(Status status, Duration wait);
    void Expire(Nanos now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    void Spend(Nanos now, int64_t weight) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    // How long until `weight` fits: 0 is now.
    Duration WaitFor(Nanos now, int64_t weight) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    Duration TryPass(Place& place, bool delayed);

    const Config config_;
    const Clock& clock_;
    const Pause pause_;

    mutable Mutex mutex_;
    std::deque<Spent> spent_ ABSL_GUARDED_BY(mutex_);  // oldest first
    int64_t used_ ABSL_GUARDED_BY(mutex_) = 0;
    Line line_ ABSL_GUARDED_BY(mutex_);
    Nanos blocked_until_ ABSL_GUARDED_BY(mutex_) = 0;
    Stats stats_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mp::reliability
