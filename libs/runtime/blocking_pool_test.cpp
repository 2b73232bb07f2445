#include "runtime/blocking_pool.hpp"

#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <latch>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/all_of.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "runtime/thread.hpp"
#include "runtime/with_deadline.hpp"
#include "testing/run_task.hpp"

namespace mp::runtime {
namespace {

using namespace std::chrono_literals;
using mp::testing::TaskRunner;

TEST(BlockingPool, GivesWhatTheFunctionReturns) {
    TaskRunner runner;
    BlockingPool pool("test", 1, 10);
    EXPECT_EQ(runner.Run(pool.Run([] { return 5; })).value(), 5);
    EXPECT_TRUE(runner.Run(pool.Run([] {})).ok());
    EXPECT_EQ(
        runner.Run(pool.Run([] { return absl::NotFoundError("x"); })), absl::NotFoundError("x")
    );
    EXPECT_EQ(
        *runner
             .Run(pool.Run([p = std::make_unique<int>(6)]() mutable {
                 return Result<std::unique_ptr<int>>(std::move(p));
             }))
             .value(),
        6
    );
}

TEST(BlockingPool, RunsElsewhereAndResumesHere) {
    TaskRunner runner;
    BlockingPool pool("test", 1, 10);
    const auto body = [](BlockingPool& blocking) -> Task<bool> {
        const auto here = std::this_thread::get_id();
        const auto whose = [] { return std::this_thread::get_id(); };
        const Result<std::thread::id> there = co_await blocking.Run(whose);
        co_return *there != here&& std::this_thread::get_id() == here;
    };
    EXPECT_TRUE(runner.Run(body(pool)));
}

TEST(BlockingPool, TurnsAnExceptionIntoAnError) {
    TaskRunner runner;
    BlockingPool pool("test", 1, 10);
    const auto throws = []() -> int { throw std::runtime_error("broken"); };
    EXPECT_TRUE(absl::IsInternal(runner.Run(pool.Run(throws)).status()));
}

TEST(BlockingPool, IsSaturatedWhenItsQueueIsFull) {
    TaskRunner runner;
    std::latch release(1);
    std::latch running(1);
    BlockingPool pool("test", 1, 1);
    std::atomic<int> done = 0;
    const auto wait = [&] {
        running.count_down();
        release.wait();
        ++done;
    };
    const auto count = [&] { ++done; };
    runner.Start(pool.Run(wait));
    runner.Run(Sleep(0ms));
    running.wait();
    runner.Start(pool.Run(count));
    runner.Run(Sleep(0ms));
    EXPECT_EQ(pool.queued(), 1u);
    EXPECT_TRUE(absl::IsResourceExhausted(runner.Run(pool.Run(count))));
    release.count_down();
    const auto finished = [](BlockingPool& blocking) -> Task<> {
        for (Status ran = absl::UnknownError("not yet"); !ran.ok();) {
            ran = co_await blocking.Run([] {});
        }
    };
    runner.Run(finished(pool));
    EXPECT_EQ(done, 2);
}

// Fails once the first call runs, and lets it go on.
Task<Result<int>> Fails(std::latch& started, std::latch& go_on) {
    started.wait();
    go_on.count_down();
    co_return absl::AbortedError("stop");
}

TEST(BlockingPool, WithdrawsWhatIsQueuedAndWaitsForWhatRuns) {
    TaskRunner runner;
    std::latch running(1);
    std::latch release(1);
    BlockingPool pool("test", 1, 10);
    bool first_ran = false;
    bool second_ran = false;
    const auto first = [&] {
        running.count_down();
        release.wait();
        while (pool.queued() > 0) std::this_thread::yield();  // until the second is withdrawn
        first_ran = true;
        return 1;
    };
    const auto second = [&] {
        second_ran = true;
        return 2;
    };
    // Both are cancelled by the failure of the third: the second is withdrawn, the first must end.
    const auto all = runner.Run(AllOf(pool.Run(first), pool.Run(second), Fails(running, release)));
    EXPECT_EQ(all.status(), absl::AbortedError("stop"));
    EXPECT_TRUE(first_ran);
    EXPECT_FALSE(second_ran);
}

Task<Status> AddMany(BlockingPool& pool, std::atomic<int>& sum) {
    for (int i = 0; i < 200; ++i) {
        const auto add = [&sum] { ++sum; };
        if (Status status = co_await pool.Run(add); !status.ok()) co_return status;
    }
    co_return OkStatus();
}

TEST(BlockingPool, ServesManyCallersFromSeveralThreads) {
    TaskRunner runner;
    BlockingPool pool("test", 4, 100);
    std::atomic<int> sum = 0;
    std::vector<Task<Status>> callers;
    for (int i = 0; i < 20; ++i) callers.push_back(AddMany(pool, sum));
    EXPECT_TRUE(runner.Run(AllOf(std::move(callers))).ok());
    EXPECT_EQ(sum, 4000);
}

TEST(RunOnThread, GivesWhatTheBodyReturns) {
    TaskRunner runner;
    const auto fails = [](std::stop_token) { return absl::DataLossError("lost"); };
    EXPECT_EQ(runner.Run(RunOnThread("test", fails)), absl::DataLossError("lost"));
    const auto throws = [](std::stop_token) -> Status { throw std::runtime_error("broken"); };
    EXPECT_TRUE(absl::IsInternal(runner.Run(RunOnThread("test", throws))));
}

TEST(RunOnThread, StopsAndJoinsWhenCancelled) {
    TaskRunner runner;
    std::atomic<bool> ended = false;
    const auto loops = [&](std::stop_token stop) {
        while (!stop.stop_requested()) std::this_thread::yield();
        ended = true;
        return OkStatus();
    };
    const auto result =
        runner.Run(FirstOf(RunOnThread("a-very-long-thread-name", loops), Sleep(1ms)));
    EXPECT_EQ(result.index(), 1u);
    EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace mp::runtime
