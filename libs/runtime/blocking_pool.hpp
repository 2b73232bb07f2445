#pragma once
// Threads for calls that block (a database, a C client, a file), so that the io_context thread
// never does.
//
//   Result<Rows> rows = co_await pool.Run([&] { return engine.Scan(query); });
//
// The function runs on one of the pool's threads, the coroutine resumes on its own executor. A
// running function cannot be interrupted: cancellation and deadlines take effect when it returns,
// so it must bound itself; one that is still queued is withdrawn. Saturation is an error, not a
// wait. Declare the pool after the io_context; its destructor waits for running functions.

#include <absl/functional/function_ref.h>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/status.hpp"
#include "runtime/group.hpp"
#include "runtime/task.hpp"

namespace mp::runtime {

class BlockingPool {
  public:
    // `name` names the threads (15 characters count).
    BlockingPool(const std::string& name, size_t threads, size_t max_queued);
    ~BlockingPool();
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;

    // Status and void -> Task<Status>, Result<T> -> Task<Result<T>>, T -> Task<Result<T>>.
    // ResourceExhausted when the queue is full, Internal when `function` throws.
    template <typename F>
    auto Run(F function) {
        using R = std::invoke_result_t<F&>;
        return RunTyped<R, F>(std::move(function));
    }

    // Functions waiting for a thread.
    size_t queued() const;

  private:
    struct State;

    template <typename R, typename F>
    Task<detail::Fallible<R>> RunTyped(F function);

    // Runs `function` on a thread; OK once it has returned.
    Task<Status> Execute(absl::FunctionRef<void()> function);

    std::unique_ptr<State> state_;
};

template <typename R, typename F>
Task<detail::Fallible<R>> BlockingPool::RunTyped(F function) {
    std::optional<detail::Stored<R>> outcome;
    const auto call = [&] {
        if constexpr (std::is_void_v<R>) {
            function();
            outcome.emplace();
        } else {
            outcome.emplace(function());
        }
    };
    if (Status executed = co_await Execute(call); !executed.ok()) co_return executed;
    if constexpr (std::is_void_v<R>) {
        co_return OkStatus();
    } else {
        co_return std::move(*outcome);
    }
}

}  // namespace mp::runtime
