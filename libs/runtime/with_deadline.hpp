#pragma once
// Bounds a task in time: at the deadline it is cancelled, its end awaited, and the result is
// DeadlineExceeded. A task that succeeded in that very moment keeps its result, so nothing taken
// from a queue or a socket is lost. A deadline already past: the task is not started.
//
//   Task<Status>     -> Task<Status>          Task<>  -> Task<Status>
//   Task<Result<T>>  -> Task<Result<T>>       Task<T> -> Task<Result<T>>

#include <utility>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "runtime/group.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task.hpp"

namespace mp::runtime {
template <typename T>
Task<detail::Fallible<T>> WithDeadline(Task<T> task, Deadline deadline) {
    if (deadline.Passed()) co_return absl::DeadlineExceededError("deadline already passed");
    detail::Outcomes<T, void> outcomes;
    const auto end = co_await detail::RunGroup(
        detail::UntilFirst{}, outcomes, std::move(task), SleepUntil(deadline)
    );
    auto& outcome = std::get<0>(outcomes);
    const bool task_was_first = end.order[0] == 0;
    if (outcome && (task_was_first || detail::Succeeded(*outcome))) {
        if constexpr (std::is_void_v<T>) {
            co_return OkStatus();
        } else {
            co_return std::move(*outcome);
        }
    }
    end.RethrowFirst();
    co_return absl::DeadlineExceededError("deadline exceeded");
}

}  // namespace mp::runtime
