#include "runtime/condition.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <thread>

#include <boost/asio/post.hpp>

#include "runtime/all_of.hpp"
#include "runtime/cancellation.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "testing/run_task.hpp"

namespace mp::runtime {
namespace {

using namespace std::chrono_literals;
using mp::testing::RunTask;
using mp::testing::TaskRunner;

Task<Status> WaitsAndCounts(Condition& condition, int* woken) {
    co_await condition.Wait();
    ++*woken;
    co_return OkStatus();
}

Task<Status> Counted(Condition& condition, int* woken, int* after_one, int* after_all) {
    co_await Yield();
    condition.NotifyOne();
    co_await Sleep(1ms);
    *after_one = *woken;
    condition.NotifyAll();
    co_await Sleep(1ms);
    *after_all = *woken;
    co_return OkStatus();
}

TEST(Condition, WakesOneOrAll) {
    Condition condition;
    int woken = 0;
    int after_one = 0;
    int after_all = 0;
    EXPECT_TRUE(RunTask(AllOf(
                            WaitsAndCounts(condition, &woken),
                            WaitsAndCounts(condition, &woken),
                            WaitsAndCounts(condition, &woken),
                            Counted(condition, &woken, &after_one, &after_all)
                        ))
                    .ok());
    EXPECT_EQ(after_one, 1);
    EXPECT_EQ(after_all, 3);
}

TEST(Condition, GivesUpAtTheDeadline) {
    Condition condition;
    EXPECT_FALSE(RunTask(condition.Wait(Deadline::After(1ms))));
    EXPECT_FALSE(RunTask(condition.Until([] { return false; }, Deadline::After(1ms))));
    EXPECT_TRUE(RunTask(condition.Until([] { return true; }, Deadline::After(0ms))));
}

Task<Status> Raise(Condition& condition, int* value) {
    for (int i = 0; i < 3; ++i) {
        co_await Yield();
        ++*value;
        condition.NotifyAll();
    }
    co_return OkStatus();
}

Task<Status> UntilThree(Condition& condition, int* value) {
    const auto is_three = [value] { return *value == 3; };
    const bool held = co_await condition.Until(is_three, Deadline::After(1h));
    co_return held ? OkStatus() : absl::InternalError("gave up");
}

TEST(Condition, LooksAgainAtEachNotification) {
    Condition condition;
    int value = 0;
    EXPECT_TRUE(RunTask(AllOf(UntilThree(condition, &value), Raise(condition, &value))).ok());
}

TEST(Condition, ForgetsACancelledWaiter) {
    Condition condition;
    int woken = 0;
    (void)RunTask(FirstOf(WaitsAndCounts(condition, &woken), Sleep(1ms)));
    condition.NotifyAll();
    EXPECT_EQ(woken, 0);
}

TEST(Event, StaysSet) {
    Event event;
    event.Set();
    RunTask(event.Wait());
    EXPECT_TRUE(RunTask(event.Wait(Deadline::After(0ms))));
    event.Reset();
    EXPECT_FALSE(RunTask(event.Wait(Deadline::After(1ms))));
}

TEST(Event, IsSetFromAnotherThreadByAPost) {
    TaskRunner runner;
    Event event;
    std::thread other([&] { asio::post(runner.executor(), [&] { event.Set(); }); });
    EXPECT_TRUE(runner.Run(event.Wait(Deadline::After(10s))));
    other.join();
}

TEST(Cancellation, IsToldFromOtherExceptions) {
    std::exception_ptr cancelled;
    try {
        ThrowCancelled();
    } catch (...) {
        cancelled = std::current_exception();
    }
    EXPECT_TRUE(IsCancelled(cancelled));
    EXPECT_FALSE(IsCancelled(std::make_exception_ptr(1)));
    EXPECT_FALSE(IsCancelled(nullptr));
}

TEST(Cancellation, TurnsErrorCodesIntoStatuses) {
    namespace error = boost::asio::error;
    EXPECT_TRUE(ToStatus({}, "connect").ok());
    EXPECT_TRUE(absl::IsUnavailable(ToStatus(error::connection_refused, "connect")));
    EXPECT_TRUE(absl::IsUnavailable(ToStatus(error::eof, "read")));
    EXPECT_TRUE(absl::IsDeadlineExceeded(ToStatus(error::timed_out, "read")));
    EXPECT_TRUE(absl::IsUnavailable(ToStatus(error::host_not_found, "resolve")));
    EXPECT_EQ(ToStatus(error::connection_reset, "read x").message().substr(0, 8), "read x: ");
    EXPECT_THROW(ThrowIfCancelled(error::operation_aborted), boost::system::system_error);
}

}  // namespace
}  // namespace mp::runtime
