#pragma once
// Runs tasks side by side and keeps what each returned: the shared part of FirstOf, AllOf and
// WithDeadline. Not for direct use.

#include <array>
#include <cstddef>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include "base/status.hpp"
#include "runtime/task.hpp"

namespace mp::runtime::detail {

template <typename T>
using Stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <typename... Ts>
using Outcomes = std::tuple<std::optional<Stored<Ts>>...>;

// What a call that returns T returns once it can also fail to finish.
template <typename T>
struct FallibleType {
    using type = Result<T>;
};
template <>
struct FallibleType<void> {
    using type = Status;
};
template <>
struct FallibleType<Status> {
    using type = Status;
};
template <typename T>
struct FallibleType<Result<T>> {
    using type = Result<T>;
};
template <typename T>
using Fallible = typename FallibleType<T>::type;

// Who finished when, and what each one threw.
template <size_t N>
struct GroupEnd {
    std::array<size_t, N> order;
    std::array<std::exception_ptr, N> errors;

    void RethrowFirst() const {
        if (errors[order[0]]) std::rethrow_exception(errors[order[0]]);
    }
};

template <typename T>
bool Succeeded(const T&) {
    return true;
}
inline bool Succeeded(const Status& status) {
    return status.ok();
}
template <typename T>
bool Succeeded(const Result<T>& result) {
    return result.ok();
}

// Asio's own value completion wants default-constructible types and copies; this stores in place.
template <typename T>
Task<> StoreInto(Task<T> task, std::optional<Stored<T>>* outcome) {
    if constexpr (std::is_void_v<T>) {
        co_await std::move(task);
        outcome->emplace();
    } else {
        outcome->emplace(co_await std::move(task));
    }
}

// Cancels the others as soon as one has ended, however it ended.
struct UntilFirst {
    asio::cancellation_type_t operator()(const std::exception_ptr&) const {
        return asio::cancellation_type::all;
    }
};

// Cancels the others as soon as one has thrown or returned an error.
template <typename... Ts>
struct UntilFailure {
    const Outcomes<Ts...>* outcomes;

    asio::cancellation_type_t operator()(const std::exception_ptr& error) const {
        const bool failed = error || std::apply(
                                         [](const auto&... outcome) {
                                             return ((outcome && !Succeeded(*outcome)) || ...);
                                         },
                                         *outcomes
                                     );
        return failed ? asio::cancellation_type::all : asio::cancellation_type::none;
    }
};

template <typename Condition, size_t... I, typename... Ts>
Task<GroupEnd<sizeof...(Ts)>> RunIndexed(
    std::index_sequence<I...>, Condition condition, Outcomes<Ts...>& outcomes, Task<Ts>... tasks
) {
    const Executor executor = co_await asio::this_coro::executor;
    auto group = asio::experimental::make_parallel_group(asio::co_spawn(
        executor, StoreInto(std::move(tasks), &std::get<I>(outcomes)), asio::deferred
    )...);
    auto ended = co_await group.async_wait(condition, asio::use_awaitable);
    co_return GroupEnd<sizeof...(Ts)>{std::get<0>(ended), {std::get<I + 1>(ended)...}};
}

// Runs all tasks until all have ended; `condition` says when to cancel those still running.
template <typename Condition, typename... Ts>
Task<GroupEnd<sizeof...(Ts)>> RunGroup(
    Condition condition, Outcomes<Ts...>& outcomes, Task<Ts>... tasks
) {
    return RunIndexed(
        std::index_sequence_for<Ts...>{}, std::move(condition), outcomes, std::move(tasks)...
    );
}

}  // namespace mp::runtime::detail
