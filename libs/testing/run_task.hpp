#pragma once
// Runs coroutines in tests.
//
//   EXPECT_EQ(RunTask(Answer()), 42);
//
//   TaskRunner runner;                       // where objects need the executor first
//   Channel<int> channel(1);
//   runner.Run(Fill(channel));

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
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

    // Runs the loop until `task` has ended; gives its value or rethrows what it threw. Ends the
    // process when it has not ended within `limit`: what it works on would go away under it. Other
    // tasks on the loop run meanwhile and go on in the next Run.
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
        Await(ended, limit);
        if (thrown) std::rethrow_exception(thrown);
        if constexpr (!std::is_void_v<T>) return std::move(*outcome);
    }

    // A task that works on things shorter-lived than the loop: it is cancelled, and its end
    // awaited, when this object goes away.
    class Beside {
      public:
        ~Beside() {
            cancel_.emit(asio::cancellation_type::all);
            runner_.Await(ended_, std::chrono::seconds(30));
        }
        Beside(const Beside&) = delete;
        Beside& operator=(const Beside&) = delete;

      private:
        friend class TaskRunner;
        template <typename T>
        Beside(TaskRunner& runner, Task<T> task) : runner_(runner) {
            asio::co_spawn(
                runner_.io_,
                StartedBody(std::move(task)),
                asio::bind_cancellation_slot(
                    cancel_.slot(), [this](std::exception_ptr) { ended_ = true; }
                )
            );
        }

        TaskRunner& runner_;
        asio::cancellation_signal cancel_;
        bool ended_ = false;
    };
    template <typename T>
    [[nodiscard]] Beside RunBeside(Task<T> task) {
        return Beside(*this, std::move(task));
    }

    // Starts a task beside the test; what it throws is dropped. For peers and background work.
    template <typename T>
    void Start(Task<T> task) {
        asio::co_spawn(io_, StartedBody(std::move(task)), [](std::exception_ptr) {});
    }

  private:
    void Await(const bool& ended, Duration limit) {
        io_.restart();
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!ended && std::chrono::steady_clock::now() < end && io_.run_one_until(end) > 0) {
        }
        if (ended) return;
        std::fprintf(stderr, "the task did not end within its limit\n");
        std::abort();
    }

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
