#include "runtime/task_group.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <stdexcept>

#include "runtime/condition.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "testing/run_task.hpp"

namespace mp::runtime {
namespace {

using namespace std::chrono_literals;
using mp::testing::TaskRunner;

Task<Status> Endless(int* unwound) {
    struct Mark {
        ~Mark() { ++*count; }
        int* count;
    } mark{unwound};
    co_await Sleep(1h);
    co_return OkStatus();
}

Task<Status> ReturnsSoon(Status status) {
    co_await Sleep(1ms);
    co_return status;
}

Task<Status> ThrowsSoon() {
    co_await Sleep(1ms);
    throw std::runtime_error("broken");
}

TEST(TaskGroup, JoinAwaitsAllChildren) {
    TaskRunner runner;
    TaskGroup group(runner.executor(), 10);
    EXPECT_TRUE(group.Spawn(ReturnsSoon(OkStatus())).ok());
    EXPECT_TRUE(group.Spawn(ReturnsSoon(OkStatus())).ok());
    EXPECT_EQ(group.size(), 2u);
    EXPECT_TRUE(runner.Run(group.Join()).ok());
    EXPECT_EQ(group.size(), 0u);
}

TEST(TaskGroup, AFailureCancelsTheRestAndSurfaces) {
    TaskRunner runner;
    TaskGroup group(runner.executor(), 10);
    int unwound = 0;
    ASSERT_TRUE(group.Spawn(Endless(&unwound)).ok());
    ASSERT_TRUE(group.Spawn(Endless(&unwound)).ok());
    ASSERT_TRUE(group.Spawn(ReturnsSoon(absl::DataLossError("lost"))).ok());
    EXPECT_EQ(runner.Run(group.Wait()), absl::DataLossError("lost"));
    EXPECT_EQ(unwound, 2);
    EXPECT_TRUE(absl::IsCancelled(group.Spawn(ReturnsSoon(OkStatus()))));
}

TEST(TaskGroup, AnExceptionSurfaces) {
    TaskRunner runner;
    TaskGroup group(runner.executor(), 10);
    int unwound = 0;
    ASSERT_TRUE(group.Spawn(Endless(&unwound)).ok());
    ASSERT_TRUE(group.Spawn(ThrowsSoon()).ok());
    EXPECT_THROW((void)runner.Run(group.Wait()), std::runtime_error);
    EXPECT_EQ(unwound, 1);
}

TEST(TaskGroup, RefusesMoreThanItsBound) {
    TaskRunner runner;
    TaskGroup group(runner.executor(), 1);
    ASSERT_TRUE(group.Spawn(ReturnsSoon(OkStatus())).ok());
    EXPECT_TRUE(absl::IsResourceExhausted(group.Spawn(ReturnsSoon(OkStatus()))));
    EXPECT_TRUE(runner.Run(group.Join()).ok());
    EXPECT_TRUE(group.Spawn(ReturnsSoon(OkStatus())).ok());
    EXPECT_TRUE(runner.Run(group.Join()).ok());
}

TEST(TaskGroup, CancellingTheWaitEndsTheChildrenFirst) {
    TaskRunner runner;
    TaskGroup group(runner.executor(), 10);
    int unwound = 0;
    ASSERT_TRUE(group.Spawn(Endless(&unwound)).ok());
    ASSERT_TRUE(group.Spawn(Endless(&unwound)).ok());
    const Status status =
        runner.Run(FirstOf(group.Wait(), ReturnsSoon(absl::AbortedError("stop"))));
    EXPECT_EQ(status, absl::AbortedError("stop"));
    EXPECT_EQ(unwound, 2);
    EXPECT_EQ(group.size(), 0u);
}

TEST(TaskGroup, CancelEndsItWithoutFailure) {
    TaskRunner runner;
    TaskGroup group(runner.executor(), 10);
    int unwound = 0;
    ASSERT_TRUE(group.Spawn(Endless(&unwound)).ok());
    group.Cancel();
    EXPECT_TRUE(runner.Run(group.Wait()).ok());
    EXPECT_EQ(unwound, 1);
}

// A child that takes its time to end although it was told to.
Task<Status> EndsSlowly(bool* ended) {
    try {
        co_await Sleep(1h);
    } catch (const boost::system::system_error&) {
    }
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await Sleep(5ms);
    *ended = true;
    co_return OkStatus();
}

TEST(TaskGroup, AwaitsChildrenThatEndSlowly) {
    TaskRunner runner;
    TaskGroup group(runner.executor(), 10);
    bool ended = false;
    ASSERT_TRUE(group.Spawn(EndsSlowly(&ended)).ok());
    (void)runner.Run(FirstOf(group.Wait(), ReturnsSoon(OkStatus())));
    EXPECT_TRUE(ended);
}

TEST(TaskGroup, MayGoAwayWithChildren) {
    TaskRunner runner;
    int unwound = 0;
    {
        TaskGroup group(runner.executor(), 10);
        ASSERT_TRUE(group.Spawn(Endless(&unwound)).ok());
    }
    runner.Run(Sleep(1ms));
    EXPECT_EQ(unwound, 1);
}

}  // namespace
}  // namespace mp::runtime
