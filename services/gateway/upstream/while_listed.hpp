#pragma once
// Waits for an answer only as long as the registry lists who is to give it.

#include <chrono>
#include <memory>
#include <utility>

#include "base/status.hpp"
#include "runtime/condition.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {
namespace detail {

// One that is merely busy misses heartbeats too; so long it may still answer.
inline constexpr std::chrono::seconds kLastChance{1};

template <class R>
Task<R> GivenUp([[maybe_unused]] std::shared_ptr<const void> owner, runtime::Event& gone) {
    do {
        co_await gone.Wait();
        co_await runtime::Sleep(kLastChance);
    } while (!gone.IsSet());
    co_return absl::UnavailableError("who was asked has left the registry");
}

}  // namespace detail

// `owner` keeps `gone` alive. R is a Result; `answer` is cancelled when it is given up.
template <class R>
Task<R> WhileListed(std::shared_ptr<const void> owner, runtime::Event& gone, Task<R> answer) {
    Task<R> given_up = detail::GivenUp<R>(std::move(owner), gone);
    return runtime::FirstOf(std::move(answer), std::move(given_up));
}

}  // namespace mp::gateway
