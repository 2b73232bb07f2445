#pragma once
// Blocking work of a task that goes on for minutes: on a thread of its own, one at a time, its
// progress shown, stopped where the task is cancelled or its time is over. On the executor.

#include <atomic>
#include <functional>
#include <string>

#include "runtime/blocking_pool.hpp"
#include "runtime/task.hpp"
#include "tasks/worker_pool.hpp"

namespace mp::storage {

class LongWork {
  public:
    // 0..1, from the work's thread; false asks it to stop.
    using OnProgress = std::function<bool(double fraction)>;
    using Work = std::function<Result<std::string>(const OnProgress& on_progress)>;

    // `name`: of the thread; `busy`: what is said where the work before is not done yet.
    LongWork(const std::string& name, std::string busy)
        : pool_(name, 1, 1), busy_(std::move(busy)) {}

    // FailedPrecondition where it is busy.
    Task<Result<std::string>> Run(tasks::TaskContext& context, Work work);

  private:
    Task<Result<std::string>> Do(const Work& work);
    Task<Result<std::string>> Follow(tasks::TaskContext& context);

    runtime::BlockingPool pool_;
    const std::string busy_;
    bool running_ = false;
    std::atomic<double> fraction_{0};
    std::atomic<bool> stop_{false};
};

}  // namespace mp::storage
