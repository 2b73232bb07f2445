#pragma once
// Work for the thread of another executor, from any thread. The executor's io_context outlives the
// work; the caller's outlives the other thread, which holds on to it a moment longer than the
// answer takes.

#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "runtime/group.hpp"
#include "runtime/task.hpp"

namespace mp::runtime {

// Runs `task` over there; the caller resumes on its own executor. Cancelling the await cancels the
// task and awaits its end.
template <typename T>
Task<T> RunOn(Executor executor, Task<T> task) {
    std::optional<detail::Stored<T>> outcome;
    auto stored = detail::StoreInto(std::move(task), &outcome);
    co_await asio::co_spawn(executor, std::move(stored), asio::use_awaitable);
    if constexpr (!std::is_void_v<T>) co_return std::move(*outcome);
}

// Calls `function` over there, later, also when the caller is there already.
template <typename F>
void Post(const Executor& executor, F function) {
    asio::post(executor, std::move(function));
}

}  // namespace mp::runtime
