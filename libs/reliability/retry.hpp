#pragma once
// Repeats a call that failed for a passing reason.
//
//   auto make = [&] { return client.Get(path); };          // makes the task anew for every attempt
//   Result<Page> page = co_await Retry({}, deadline, make);
//
// Gives up, with the last error, when the attempts, the budget or the time are used up: a wait that
// would end after the deadline is not begun. An error that says when to come back (RetryAfterOf) is
// obeyed. What may be repeated is the caller's to know: only idempotent calls belong here.

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "reliability/backoff.hpp"
#include "reliability/pause.hpp"
#include "reliability/retry_budget.hpp"
#include "reliability/status_of.hpp"

namespace mp::reliability {

// Unavailable, DeadlineExceeded of one attempt, ResourceExhausted, Aborted: may pass by itself.
bool IsTransient(const Status& status);

struct RetryPolicy {
    int max_attempts = 3;  // the first one included; 0: endless, until the deadline
    BackoffConfig backoff{.jitter = Jitter::kFull};
    std::function<bool(const Status&)> retryable = IsTransient;
    RetryBudget* budget = nullptr;  // outlives the call; none: unbounded
    Pause pause = TimerPause();
};

// One call's way through a policy: whether and how long to wait after each failure.
class RetrySchedule {
  public:
    RetrySchedule(const RetryPolicy& policy, Deadline deadline);

    // The wait before the next attempt; nothing: give up.
    std::optional<Duration> AfterFailure(const Status& status);

    int attempts() const { return attempts_; }

  private:
    const RetryPolicy& policy_;
    const Deadline deadline_;
    Backoff backoff_;
    int attempts_ = 0;
};

// `make` gives a Task<Status> or a Task<Result<T>>.
template <typename Make>
std::invoke_result_t<Make&> Retry(RetryPolicy policy, Deadline deadline, Make make) {
    RetrySchedule schedule(policy, deadline);
    for (;;) {
        auto result = co_await make();
        if (result.ok()) co_return result;
        const std::optional<Duration> wait = schedule.AfterFailure(StatusOf(result));
        if (!wait) co_return result;
        co_await policy.pause(*wait);
    }
}

}  // namespace mp::reliability
