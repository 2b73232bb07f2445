#pragma once
// Runs `body`, then `cleanup` however the body ended, then gives the body's result or exception.
// The cleanup cannot be cancelled: it bounds itself by a deadline of its own. Needed because a
// cancelled task can await nothing any more.
//
//   co_return co_await Finally(Serve(), Deregister(Deadline::After(2s)));

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include "runtime/group.hpp"
#include "runtime/task.hpp"

namespace mp::runtime {

template <typename T>
Task<T> Finally(Task<T> body, Task<> cleanup) {
    // NOLINTNEXTLINE(bugprone-use-after-move): clang-tidy 14 takes the frame's copy for a use
    const Executor executor = co_await asio::this_coro::executor;
    std::optional<detail::Stored<T>> outcome;
    std::exception_ptr error;
    try {
        co_await detail::StoreInto(std::move(body), &outcome);
    } catch (...) {
        error = std::current_exception();
    }

    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::co_spawn(
        executor,
        std::move(cleanup),
        asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable)
    );
    co_await asio::this_coro::throw_if_cancelled(throws);

    if (error) std::rethrow_exception(error);
    if constexpr (!std::is_void_v<T>) co_return std::move(*outcome);
}

}  // namespace mp::runtime
