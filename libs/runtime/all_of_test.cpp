#include "runtime/all_of.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "runtime/condition.hpp"
#include "runtime/sleep.hpp"
#include "testing/run_task.hpp"

namespace mp::runtime {
namespace {

using namespace std::chrono_literals;
using mp::testing::RunTask;

Task<Status> Returns(Status status) {
    co_await Yield();
    co_return status;
}

Task<Result<int>> Number(int value) {
    co_await Yield();
    co_return value;
}

Task<Result<std::string>> Text(Result<std::string> text) {
    co_return text;
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
    co_await Sleep(1h);
    co_return OkStatus();
}

TEST(AllOf, IsOkWhenAllAre) {
    EXPECT_TRUE(RunTask(AllOf(Returns(OkStatus()), Sleep(1ms), Returns(OkStatus()))).ok());
}

TEST(AllOf, ReturnsTheFirstFailureAndCancelsTheRest) {
    bool unwound = false;
    const Status status =
        RunTask(AllOf(Endless(&unwound), Returns(absl::AbortedError("first")), Returns(OkStatus()))
        );
    EXPECT_EQ(status, absl::AbortedError("first"));
    EXPECT_TRUE(unwound);
}

TEST(AllOf, RethrowsAndCancelsTheRest) {
    bool unwound = false;
    EXPECT_THROW((void)RunTask(AllOf(Endless(&unwound), Throws())), std::runtime_error);
    EXPECT_TRUE(unwound);
}

TEST(AllOf, GivesTheValuesOfResults) {
    const auto both = RunTask(AllOf(Number(1), Text(std::string("two"))));
    ASSERT_TRUE(both.ok());
    EXPECT_EQ(*both, std::make_tuple(1, std::string("two")));
}

TEST(AllOf, GivesTheErrorOfAResult) {
    const auto both = RunTask(AllOf(Number(1), Text(absl::NotFoundError("none"))));
    EXPECT_EQ(both.status(), absl::NotFoundError("none"));
}

Task<Status> Counts(int* count) {
    co_await Yield();
    ++*count;
    co_return OkStatus();
}

TEST(AllOf, RunsAVectorOfTasks) {
    int count = 0;
    std::vector<Task<Status>> tasks;
    for (int i = 0; i < 100; ++i) tasks.push_back(Counts(&count));
    EXPECT_TRUE(RunTask(AllOf(std::move(tasks))).ok());
    EXPECT_EQ(count, 100);
}

TEST(AllOf, OfAnEmptyVectorIsOk) {
    EXPECT_TRUE(RunTask(AllOf(std::vector<Task<Status>>())).ok());
}

TEST(AllOf, OfAVectorStopsAtTheFirstFailure) {
    bool unwound = false;
    std::vector<Task<Status>> tasks;
    tasks.push_back(Endless(&unwound));
    tasks.push_back(Returns(absl::DataLossError("lost")));
    EXPECT_EQ(RunTask(AllOf(std::move(tasks))), absl::DataLossError("lost"));
    EXPECT_TRUE(unwound);
}

}  // namespace
}  // namespace mp::runtime
