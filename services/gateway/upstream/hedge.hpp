#pragma once
// Asks a second time when the first answer is late, and takes whichever comes first. For questions
// without effect only.

#include <functional>
#include <utility>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "reliability/circuit_breaker.hpp"
#include "reliability/status_of.hpp"
#include "runtime/condition.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {
namespace detail {

struct HedgeState {
    int running = 1;           // attempts that may still bring an answer
    runtime::Condition never;  // for an attempt that leaves the answer to the other
};

// An upstream's failure does not end the race while the other attempt runs.
template <class R>
Task<R> RunAttempt(Task<R> attempt, HedgeState& state) {
    R result = co_await std::move(attempt);
    const bool failed = reliability::IsUpstreamFailure(reliability::StatusOf(result));
    --state.running;
    if (failed && state.running > 0) co_await state.never.Wait();
    co_return result;
}

template <class R>
Task<R> RunSecond(std::function<Task<R>()> second, Duration delay, HedgeState& state) {
    co_await runtime::Sleep(delay);
    Task<R> attempt = second();
    ++state.running;
    co_return co_await RunAttempt(std::move(attempt), state);
}

}  // namespace detail

// `second` is called when `first` has not ended after `delay`; it may end in whatever `first` would
// end in. The loser is cancelled. R is a Result.
template <class R>
Task<R> Hedged(Task<R> first, std::function<Task<R>()> second, Duration delay) {
    detail::HedgeState state;
    co_return co_await runtime::FirstOf(
        detail::RunAttempt(std::move(first), state),
        detail::RunSecond(std::move(second), delay, state)
    );
}

}  // namespace mp::gateway
