#include "runtime/first_of.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>

#include "runtime/cancellation.hpp"
#include "runtime/condition.hpp"
#include "runtime/sleep.hpp"
#include "testing/run_task.hpp"

namespace mp::runtime {
namespace {

using namespace std::chrono_literals;
using mp::testing::RunTask;
using mp::testing::TaskRunner;

Task<Status> Returns(Status status) {
    co_return status;
}

Task<Status> Throws() {
    co_await Yield();
    throw std::runtime_error("broken");
}

// Waits for ever and tells when it was unwound.
Task<Status> Endless(bool* unwound) {
    struct Mark {
        ~Mark() { *flag = true; }
        bool* flag;
    } mark{unwound};
    Event never;
    co_await never.Wait();
    co_return OkStatus();
}

Task<std::unique_ptr<int>> MakesMoveOnly() {
    co_return std::make_unique<int>(7);
}

struct NoDefault {
    explicit NoDefault(int v) : value(v) {}
    int value;
};
Task<NoDefault> MakesNoDefault() {
    co_return NoDefault(5);
}

TEST(FirstOf, ReturnsTheFirstSuccessAndCancelsTheOther) {
    bool unwound = false;
    EXPECT_TRUE(RunTask(FirstOf(Returns(OkStatus()), Endless(&unwound))).ok());
    EXPECT_TRUE(unwound);
}

TEST(FirstOf, ReturnsTheFirstFailureAtOnce) {
    bool unwound = false;
    const Status status = RunTask(FirstOf(Endless(&unwound), Returns(absl::DataLossError("lost"))));
    EXPECT_EQ(status, absl::DataLossError("lost"));
    EXPECT_TRUE(unwound);
}

TEST(FirstOf, RethrowsWhatTheFirstOneThrewAfterTheOtherHasEnded) {
    bool unwound = false;
    EXPECT_THROW(RunTask(FirstOf(Endless(&unwound), Throws())), std::runtime_error);
    EXPECT_TRUE(unwound);
}

TEST(FirstOf, GivesAVariantForTasksOfDifferentTypes) {
    const auto result = RunTask(FirstOf(MakesMoveOnly(), Sleep(1h), MakesNoDefault()));
    ASSERT_EQ(result.index(), 0u);
    EXPECT_EQ(*std::get<0>(result), 7);
}

TEST(FirstOf, TakesTypesWithoutADefault) {
    const auto result = RunTask(FirstOf(MakesNoDefault(), Sleep(1h)));
    ASSERT_EQ(result.index(), 0u);
    EXPECT_EQ(std::get<0>(result).value, 5);
}

TEST(FirstOf, OfTasksWithoutValueReturnsNothing) {
    RunTask(FirstOf(Sleep(1ms), Sleep(1h)));
}

TEST(FirstOf, PassesACancellationOfTheCallerOnToAll) {
    bool first = false;
    bool second = false;
    const auto result = RunTask(
        FirstOf(FirstOf(Endless(&first), Endless(&second)), Returns(absl::AbortedError("stop")))
    );
    EXPECT_EQ(result, absl::AbortedError("stop"));
    EXPECT_TRUE(first);
    EXPECT_TRUE(second);
}

Task<Status> SlowToEnd(std::string* log) {
    try {
        co_await Sleep(1h);
    } catch (const boost::system::system_error&) {
        *log += "cancelled ";
    }
    co_return OkStatus();
}

Task<> LogsAfter(std::string* log) {
    co_await FirstOf(SlowToEnd(log), Returns(OkStatus()));
    *log += "returned";
}

TEST(FirstOf, AwaitsTheEndOfTheCancelledOne) {
    std::string log;
    RunTask(LogsAfter(&log));
    EXPECT_EQ(log, "cancelled returned");
}

Task<bool> CancelledAtNextAwait() {
    bool unwound = false;
    co_await FirstOf(Endless(&unwound), Returns(OkStatus()));
    // The caller itself was not cancelled: it can go on awaiting.
    co_await Sleep(1ms);
    co_return unwound;
}

TEST(FirstOf, LeavesTheCallerUncancelled) {
    EXPECT_TRUE(RunTask(CancelledAtNextAwait()));
}

}  // namespace
}  // namespace mp::runtime
