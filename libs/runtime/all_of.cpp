#include "runtime/all_of.hpp"

#include <algorithm>

#include "runtime/task_group.hpp"

namespace mp::runtime {

Task<Status> AllOf(std::vector<Task<Status>> tasks) {
    TaskGroup group(co_await asio::this_coro::executor, tasks.size());
    for (Task<Status>& task : tasks) {
        // Refused only once an earlier one has failed, which Join reports.
        if (!group.Spawn(std::move(task)).ok()) break;
    }
    co_return co_await group.Join();
}

}  // namespace mp::runtime
