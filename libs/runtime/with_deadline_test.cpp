#include "runtime/with_deadline.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <memory>

#include "runtime/cancellation.hpp"
#include "runtime/channel.hpp"
#include "runtime/finally.hpp"
#include "runtime/first_of.hpp"
#include "testing/run_task.hpp"

namespace mp::runtime {
namespace {

using namespace std::chrono_literals;
using mp::testing::RunTask;
using mp::testing::TaskRunner;

Task<Status> Returns(Status status) {
    co_return status;
}
Task<int> Plain() {
    co_return 3;
}
Task<Result<std::unique_ptr<int>>> Fallible() {
    co_return std::make_unique<int>(4);
}

Task<Status> EndlessStatus() {
    co_await Sleep(1h);
    co_return OkStatus();
}

// Turns its cancellation into an error value, which callers must not mistake for the reason.
Task<Status> SwallowsCancellation() {
    try {
        co_await Sleep(1h);
    } catch (const boost::system::system_error&) {
        co_return absl::CancelledError("swallowed");
    }
    co_return OkStatus();
}

// Succeeds in spite of the cancellation that the deadline brings.
Task<Result<int>> SucceedsLate() {
    try {
        co_await Sleep(1h);
    } catch (const boost::system::system_error&) {
    }
    co_return 9;
}

TEST(WithDeadline, GivesTheResultOfATaskThatIsInTime) {
    const Deadline later = Deadline::After(1h);
    EXPECT_TRUE(RunTask(WithDeadline(Returns(OkStatus()), later)).ok());
    EXPECT_EQ(
        RunTask(WithDeadline(Returns(absl::AbortedError("x")), later)), absl::AbortedError("x")
    );
    EXPECT_EQ(RunTask(WithDeadline(Plain(), later)).value(), 3);
    EXPECT_EQ(*RunTask(WithDeadline(Fallible(), later)).value(), 4);
    EXPECT_TRUE(RunTask(WithDeadline(Sleep(1ms), later)).ok());
}

TEST(WithDeadline, EndsATaskThatIsLate) {
    EXPECT_TRUE(absl::IsDeadlineExceeded(RunTask(WithDeadline(EndlessStatus(), Deadline::After(5ms))
    )));
    EXPECT_TRUE(absl::IsDeadlineExceeded(
        RunTask(WithDeadline(SwallowsCancellation(), Deadline::After(5ms)))
    ));
}

TEST(WithDeadline, KeepsASuccessThatCameWithTheDeadline) {
    EXPECT_EQ(RunTask(WithDeadline(SucceedsLate(), Deadline::After(5ms))).value(), 9);
}

TEST(WithDeadline, DoesNotStartATaskThatIsTooLate) {
    EXPECT_TRUE(
        absl::IsDeadlineExceeded(RunTask(WithDeadline(Returns(OkStatus()), Deadline::After(0ns))))
    );
}

TEST(WithDeadline, UnwindsWhenTheCallerIsCancelled) {
    const Status status = RunTask(FirstOf(
        WithDeadline(EndlessStatus(), Deadline::After(1h)), Returns(absl::AbortedError("stop"))
    ));
    EXPECT_EQ(status, absl::AbortedError("stop"));
}

Task<> Marks(bool* mark) {
    co_await Sleep(2ms);
    *mark = true;
}

Task<Status> ThrowsAtOnce() {
    throw std::runtime_error("broken");
    co_return OkStatus();
}

TEST(Finally, CleansUpAfterSuccessFailureAndException) {
    for (const Status& status : {OkStatus(), absl::AbortedError("x")}) {
        bool cleaned = false;
        EXPECT_EQ(RunTask(Finally(Returns(status), Marks(&cleaned))), status);
        EXPECT_TRUE(cleaned);
    }
    bool cleaned = false;
    EXPECT_THROW((void)RunTask(Finally(ThrowsAtOnce(), Marks(&cleaned))), std::runtime_error);
    EXPECT_TRUE(cleaned);
}

TEST(Finally, CleansUpToTheEndWhenCancelled) {
    bool cleaned = false;
    const Status status = RunTask(
        FirstOf(Finally(EndlessStatus(), Marks(&cleaned)), Returns(absl::AbortedError("stop")))
    );
    EXPECT_EQ(status, absl::AbortedError("stop"));
    EXPECT_TRUE(cleaned);
}

}  // namespace
}  // namespace mp::runtime
