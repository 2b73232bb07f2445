#pragma once
// Runs tasks side by side until the first one ends, by success or by failure; cancels the others,
// awaits their end and returns what the first one returned (or throws what it threw). Asio's own
// `||` waits for the first success and loses errors: do not use it.
//
//   co_return co_await FirstOf(collector.Run(), ShutdownSignal());   // both Task<Status>
//
// The others' results are dropped: a task whose result must not be lost (taking from a queue)
// belongs under WithDeadline, which keeps it.

#include <type_traits>
#include <utility>
#include <variant>

#include "runtime/group.hpp"
#include "runtime/task.hpp"

namespace mp::runtime {
namespace detail {

template <typename T, typename... Ts>
struct FirstOfType {
    using type = std::
        conditional_t<(std::is_same_v<T, Ts> && ...), T, std::variant<Stored<T>, Stored<Ts>...>>;
};

template <typename R, size_t I, typename... Ts>
R TakeOutcome(Outcomes<Ts...>& outcomes, size_t first) {
    if constexpr (I + 1 < sizeof...(Ts)) {
        if (first != I) return TakeOutcome<R, I + 1, Ts...>(outcomes, first);
    }
    auto& outcome = *std::get<I>(outcomes);
    if constexpr (std::is_same_v<R, std::remove_reference_t<decltype(outcome)>>) {
        return std::move(outcome);
    } else {
        return R(std::in_place_index<I>, std::move(outcome));
    }
}

}  // namespace detail

// T where all tasks return the same T, else std::variant in the order of the tasks with
// std::monostate for void.
template <typename... Ts>
using FirstOfResult = typename detail::FirstOfType<Ts...>::type;

template <typename... Ts>
Task<FirstOfResult<Ts...>> FirstOf(Task<Ts>... tasks) {
    detail::Outcomes<Ts...> outcomes;
    const auto end = co_await detail::RunGroup(detail::UntilFirst{}, outcomes, std::move(tasks)...);
    end.RethrowFirst();
    if constexpr (!std::is_void_v<FirstOfResult<Ts...>>) {
        co_return detail::TakeOutcome<FirstOfResult<Ts...>, 0, Ts...>(outcomes, end.order[0]);
    }
}

}  // namespace mp::runtime
