#pragma once
// Runs tasks side by side until all have ended. The first failure (an error value or an exception)
// cancels the rest, awaits their end and is the result.

#include <tuple>
#include <utility>
#include <vector>

#include "base/status.hpp"
#include "runtime/group.hpp"
#include "runtime/task.hpp"

namespace mp::runtime {
namespace detail {

inline Status ErrorOf(std::monostate) {
    return OkStatus();
}
inline Status ErrorOf(const Status& status) {
    return status;
}
template <typename T>
Status ErrorOf(const Result<T>& result) {
    return result.status();
}

// The status of the first task that failed, rethrowing where it threw; OK when none did.
template <typename... Ts>
Status FirstFailure(const GroupEnd<sizeof...(Ts)>& end, const Outcomes<Ts...>& outcomes) {
    const std::array<Status, sizeof...(Ts)> statuses = std::apply(
        [](const auto&... outcome) {
            return std::array{(outcome ? ErrorOf(*outcome) : OkStatus())...};
        },
        outcomes
    );
    for (const size_t index : end.order) {
        if (end.errors[index]) std::rethrow_exception(end.errors[index]);
        if (!statuses[index].ok()) return statuses[index];
    }
    return OkStatus();
}

template <typename... Ts>
constexpr bool kOnlyStatuses = ((std::is_void_v<Ts> || std::is_same_v<Ts, Status>)&&...);

}  // namespace detail

// Task<Status> and Task<> in any mixture.
template <typename... Ts>
requires detail::kOnlyStatuses<Ts...> Task<Status> AllOf(Task<Ts>... tasks) {
    detail::Outcomes<Ts...> outcomes;
    const detail::UntilFailure<Ts...> condition{&outcomes};
    const auto end = co_await detail::RunGroup(condition, outcomes, std::move(tasks)...);
    co_return detail::FirstFailure<Ts...>(end, outcomes);
}

// Values of all, or the first error.
template <typename... Ts>
Task<Result<std::tuple<Ts...>>> AllOf(Task<Result<Ts>>... tasks) {
    detail::Outcomes<Result<Ts>...> outcomes;
    const detail::UntilFailure<Result<Ts>...> condition{&outcomes};
    const auto end = co_await detail::RunGroup(condition, outcomes, std::move(tasks)...);
    if (Status failure = detail::FirstFailure<Result<Ts>...>(end, outcomes); !failure.ok()) {
        co_return failure;
    }
    co_return std::apply(
        [](auto&... outcome) { return std::tuple<Ts...>(*std::move(*outcome)...); }, outcomes
    );
}

// As many as there are.
Task<Status> AllOf(std::vector<Task<Status>> tasks);

}  // namespace mp::runtime
