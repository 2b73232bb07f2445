#pragma once
// Runs coroutines in tests.
//
//   EXPECT_EQ(RunTask(Answer()), 42);
//
//   TaskRunner runner;                       // where objects need the executor first
//   Channel<int> channel(1);
//   runner.Run(Fill(channel));

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/duration.hpp"
#include "runtime/group.hpp"
#include "runtime/task.hpp"

namespace mp::testing {

class TaskRunner {
  public:
    asio::io_context& io() { return io_; }
    Executor executor() { return io_.get_executor(); }

    // Runs the loop until `task` has ended; gives its value or rethrows what it threw. Throws
    // runtime_error when it has not ended within `limit`. Other tasks on the loop run meanwhile and
    // go on in the next Run.
    template <typename T>
    T Run(Task<T> task, Duration limit = std::chrono::seconds(30)) {
        std::optional<runtime::detail::Stored<T>> outcome;
        std::exception_ptr thrown;
        bool ended = false;
        asio::co_spawn(
            io_,
            runtime::detail::StoreInto(std::move(task), &outcome),
            [&](std::exception_ptr error) {
                thrown = std::move(error);
                ended = true;
            }
        );
        io_.restart();
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!ended && std::chrono::steady_clock::now() < end && io_.run_one_until(end) > 0) {
        }
        if (!ended) throw std::runtime_error("the task did not end within its limit");
        if (thrown) std::rethrow_exception(thrown);
        if constexpr (!std::is_void_v<T>) return std::move(*outcome);
    }

    // Starts a task beside the test; what it throws is dropped. For peers and background work.
    template <typename T>
    void Start(Task<T> task) {
        asio::co_spawn(io_, StartedBody(std::move(task)), [](std::exception_ptr) {});
    }

  private:
    template <typename T>
    static Task<> StartedBody(Task<T> task) {
        static_cast<void>(co_await std::move(task));
    }

    asio::io_context io_;
};

template <typename T>
T RunTask(Task<T> task, Duration limit = std::chrono::seconds(30)) {
    TaskRunner runner;
    return runner.Run(std::move(task), limit);
}

}  // namespace mp::testing
