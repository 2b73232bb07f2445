#pragma once
// Stops calling an upstream that keeps failing, so that callers fail fast and it can recover.
//
//   closed     calls pass; `failure_threshold` counted failures in a row open it, a success resets
//   open       calls are refused for `open_for`: Unavailable "circuit breaker <name> is open", with
//              the wait attached (RetryAfterOf)
//   half_open  at most `half_open_limit` probes at a time; `success_threshold` successes close it,
//   one
//              counted failure opens it again
//
// Only errors for which `counts` says so are failures; others (a NotFound, a bad request, a
// cancelled caller) say nothing about the upstream and change nothing. The lock is held around
// state changes only, never during the call. Thread-safe. A Permit must not outlive its breaker.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/duration.hpp"
#include "base/mutex.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "reliability/status_of.hpp"
#include "runtime/task.hpp"

namespace mp::reliability {

// Unavailable, DeadlineExceeded, Internal, Unknown, DataLoss: the upstream failed, not the request.
bool IsUpstreamFailure(const Status& status);

// Whether `status` is a breaker's refusal: nothing was called, a fallback is due.
bool IsCircuitOpen(const Status& status);

class CircuitBreaker {
  public:
    enum class State { kClosed, kOpen, kHalfOpen };

    struct Change {
        State from;
        State to;
        int failures;  // in a row, when it happened
    };

    struct Config {
        int failure_threshold = 5;
        Duration open_for = std::chrono::seconds(60);
        int half_open_limit = 3;
        int success_threshold = 2;
        std::function<bool(const Status&)> counts = IsUpstreamFailure;
        // Called after each change, without the lock, from the thread that caused it. Logging it is
        // done already.
        std::function<void(const Change&)> on_change = [](const Change&) {};
    };

    struct Stats {
        State state = State::kClosed;
        int failures = 0;
        uint64_t allowed = 0;
        uint64_t refused = 0;
        uint64_t failed = 0;
        uint64_t opened = 0;
    };

    // The right to make one call. Report how it ended; destroyed without a report it counts as
    // nothing (a cancelled call). A call that began before the last change of state no longer
    // counts.
    class [[nodiscard]] Permit {
      public:
        Permit(Permit&& other) noexcept
            : breaker_(std::exchange(other.breaker_, nullptr)), epoch_(other.epoch_) {}
        Permit& operator=(Permit&&) = delete;
        ~Permit();

        void Report(const Status& outcome);

      private:
        friend class CircuitBreaker;
        Permit(CircuitBreaker& breaker, uint64_t epoch) : breaker_(&breaker), epoch_(epoch) {}

        CircuitBreaker* breaker_;
        uint64_t epoch_;
    };

    // `clock` must outlive the breaker.
    CircuitBreaker(std::string name, Config config, const Clock& clock = DefaultClock());

    // A permit, or the refusal.
    Result<Permit> Allow();

    // OK, or the refusal that Allow has now: for who must wait for something else first. Takes
    // nothing.
    Status Check();

    // Whether Allow would refuse because it is open, for who has somebody else to ask.
    bool IsOpen() const;

    // Runs `work` under a permit; a refused one is never started. R is Status or a Result.
    template <typename R>
    Task<R> Call(Task<R> work);

    Stats GetStats() const;
    const std::string& name() const { return name_; }

  private:
    enum class Outcome { kSuccess, kFailure, kNeither };

    void Announce(const Change& change) const;
    void Finish(uint64_t epoch, Outcome outcome);
    void Count(Outcome outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    void MoveTo(State state) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    // A refusal where no call may be made now, else OK.
    Status Refuse() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

    const std::string name_;
    const Config config_;
    const Clock& clock_;

    mutable Mutex mutex_;
    Stats stats_ ABSL_GUARDED_BY(mutex_);
    uint64_t epoch_ ABSL_GUARDED_BY(mutex_) = 0;  // advances with each change of state
    int probes_ ABSL_GUARDED_BY(mutex_) = 0;      // in flight, half_open only
    int successes_ ABSL_GUARDED_BY(mutex_) = 0;   // half_open only
    Nanos open_until_ ABSL_GUARDED_BY(mutex_) = 0;
};

std::string_view ToString(CircuitBreaker::State state);

template <typename R>
Task<R> CircuitBreaker::Call(Task<R> work) {
    auto permit = Allow();
    if (!permit.ok()) co_return permit.status();
    R result = co_await std::move(work);
    permit->Report(StatusOf(result));
    co_return result;
}

}  // namespace mp::reliability
