#include "runtime/on_executor.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "runtime/condition.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "testing/run_task.hpp"

namespace mp::runtime {
namespace {

using namespace std::chrono_literals;
using mp::testing::TaskRunner;

// An event loop on a thread of its own. Declared after the runner: its thread holds on to the
// runner's executor for a moment after the answer.
class OtherThread {
  public:
    ~OtherThread() {
        io_.stop();
        thread_.join();
    }
    Executor executor() { return io_.get_executor(); }
    std::thread::id id() const { return thread_.get_id(); }

  private:
    asio::io_context io_;
    asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
    std::thread thread_{[this] { io_.run(); }};
};

Task<std::unique_ptr<std::thread::id>> WhereAmI() {
    co_await Yield();
    co_return std::make_unique<std::thread::id>(std::this_thread::get_id());
}

Task<Status> Throws() {
    co_await Yield();
    throw std::runtime_error("broken");
}

Task<Status> Endless(bool* unwound) {
    struct Mark {
        ~Mark() { *flag = true; }
        bool* flag;
    } mark{unwound};
    Event never;
    co_await never.Wait();
    co_return OkStatus();
}

Task<bool> RunsThere(Executor there, std::thread::id other) {
    const auto here = std::this_thread::get_id();
    const auto ran = co_await RunOn(there, WhereAmI());
    co_return *ran == other&& std::this_thread::get_id() == here;
}

TEST(RunOn, RunsThereAndResumesHere) {
    TaskRunner runner;
    OtherThread other;
    EXPECT_TRUE(runner.Run(RunsThere(other.executor(), other.id())));
}

TEST(RunOn, BringsAnExceptionBack) {
    TaskRunner runner;
    OtherThread other;
    EXPECT_THROW((void)runner.Run(RunOn(other.executor(), Throws())), std::runtime_error);
}

TEST(RunOn, CancelsOverThereAndAwaitsTheEnd) {
    TaskRunner runner;
    OtherThread other;
    bool unwound = false;
    const auto result = runner.Run(FirstOf(RunOn(other.executor(), Endless(&unwound)), Sleep(2ms)));
    EXPECT_EQ(result.index(), 1u);
    EXPECT_TRUE(unwound);
}

TEST(Post, CallsOverThere) {
    TaskRunner runner;
    OtherThread other;
    Event called;
    const auto call_back = [&] { Post(runner.executor(), [&] { called.Set(); }); };
    Post(other.executor(), call_back);
    EXPECT_TRUE(runner.Run(called.Wait(Deadline::After(10s))));
}

}  // namespace
}  // namespace mp::runtime
