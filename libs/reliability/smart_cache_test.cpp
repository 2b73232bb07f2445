#include "reliability/smart_cache.hpp"

#include <array>
#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>

#include "runtime/all_of.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::reliability {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SmartCacheTest : public ::testing::Test {
  protected:
    Task<Result<std::string>> Load(std::string key) {
        ++loads_;
        changed_.NotifyAll();
        while (held_) co_await changed_.Wait();
        if (!failure_.ok()) co_return failure_;
        co_return key + std::to_string(loads_);
    }
    Task<Result<CacheHit<std::string>>> Ask(std::string key, Duration patience = seconds(20)) {
        const Deadline deadline = Deadline::After(patience);
        return cache_.Get(
            std::move(key),
            [this](std::string missing) { return Load(std::move(missing)); },
            deadline
        );
    }
    Result<CacheHit<std::string>> Get(std::string key) { return runner_.Run(Ask(std::move(key))); }
    std::string Value(std::string key) { return *Get(std::move(key))->value; }
    Task<> Until(int loads) {
        while (loads_ < loads) co_await changed_.Wait();
        for (int i = 0; i < 5; ++i) co_await runtime::Yield();
    }

    mp::testing::ManualClock clock_;
    mp::testing::TaskRunner runner_;
    SmartCache<std::string> cache_{
        "test",
        runner_.executor(),
        {.store = {.ttl = seconds(100)}, .load_timeout = milliseconds(50), .max_loads = 2},
        clock_};
    int loads_ = 0;
    bool held_ = false;
    Status failure_;
    runtime::Condition changed_;
};

TEST_F(SmartCacheTest, LoadsAMissOnce) {
    EXPECT_EQ(Value("a"), "a1");
    EXPECT_EQ(Value("a"), "a1");
    EXPECT_EQ(Value("b"), "b2");
    EXPECT_EQ(*cache_.Peek("a")->value, "a1");
    EXPECT_FALSE(cache_.Peek("c"));
    EXPECT_EQ(loads_, 2);
}

Task<Status> Expect(Task<Result<CacheHit<std::string>>> ask, std::string value) {
    const auto hit = co_await std::move(ask);
    EXPECT_TRUE(hit.ok());
    if (!hit.ok()) co_return hit.status();
    EXPECT_EQ(*hit->value, value);
    co_return OkStatus();
}

TEST_F(SmartCacheTest, FliesOnceForAllWhoMissTogether) {
    std::vector<Task<Status>> tasks;
    for (int i = 0; i < 10; ++i) tasks.push_back(Expect(Ask("a"), "a1"));
    EXPECT_TRUE(runner_.Run(runtime::AllOf(std::move(tasks))).ok());
    EXPECT_EQ(loads_, 1);
}

TEST_F(SmartCacheTest, GivesTheStaleValueWhileOneRefreshRuns) {
    Value("a");
    clock_.Advance(seconds(150));
    held_ = true;
    for (int i = 0; i < 5; ++i) {
        const auto hit = Get("a");
        EXPECT_EQ(*hit->value, "a1");
        EXPECT_TRUE(hit->stale);
    }
    runner_.Run(Until(2));
    held_ = false;
    changed_.NotifyAll();
    runner_.Run(Until(2));
    EXPECT_EQ(loads_, 2);
    EXPECT_EQ(Value("a"), "a2");
    EXPECT_FALSE(Get("a")->stale);
}

TEST_F(SmartCacheTest, RefreshesAheadOfTheEnd) {
    Value("a");
    clock_.Advance(seconds(85));
    EXPECT_FALSE(Get("a")->stale);
    runner_.Run(Until(2));
    clock_.Advance(seconds(50));
    EXPECT_EQ(Value("a"), "a2");
    EXPECT_EQ(loads_, 2);
}

TEST_F(SmartCacheTest, KeepsTheStaleValueWhenTheRefreshFails) {
    Value("a");
    clock_.Advance(seconds(150));
    failure_ = absl::UnavailableError("store away");
    EXPECT_EQ(Value("a"), "a1");
    runner_.Run(Until(2));
    EXPECT_EQ(Value("a"), "a1");
    EXPECT_EQ(cache_.GetStats().failed_refreshes, 1u);
    failure_ = OkStatus();
    clock_.Advance(seconds(1));
    EXPECT_EQ(Value("a"), "a1");
    runner_.Run(Until(3));
    EXPECT_EQ(Value("a"), "a3");
}

TEST_F(SmartCacheTest, GivesTheLoadersErrorToAMissAndTriesAgain) {
    failure_ = absl::NotFoundError("no such instrument");
    EXPECT_EQ(Get("a").status(), failure_);
    failure_ = OkStatus();
    EXPECT_EQ(Value("a"), "a2");
}

TEST_F(SmartCacheTest, BoundsALoadAndTheWaitForIt) {
    held_ = true;
    EXPECT_EQ(
        runner_.Run(Ask("a", milliseconds(1))).status().code(), StatusCode::kDeadlineExceeded
    );
    EXPECT_EQ(Get("a").status().code(), StatusCode::kDeadlineExceeded);  // of the load
    EXPECT_EQ(loads_, 1);
    held_ = false;
    EXPECT_EQ(Value("a"), "a2");
}

TEST_F(SmartCacheTest, BoundsTheLoadsAtATime) {
    held_ = true;
    for (const auto key : {"a", "b"}) {
        EXPECT_FALSE(runner_.Run(Ask(key, milliseconds(1))).ok());
    }
    EXPECT_EQ(Get("c").status().code(), StatusCode::kResourceExhausted);
}

Task<Status> Leave() {
    co_return OkStatus();
}

Task<Status> AsStatus(Task<Result<CacheHit<std::string>>> ask) {
    const auto hit = co_await std::move(ask);
    co_return hit.status();
}

TEST_F(SmartCacheTest, GoesOnLoadingWhenTheFirstAskerLeaves) {
    held_ = true;
    EXPECT_TRUE(runner_.Run(runtime::FirstOf(AsStatus(Ask("a")), Leave())).ok());
    held_ = false;
    changed_.NotifyAll();
    EXPECT_EQ(Value("a"), "a1");
    EXPECT_EQ(loads_, 1);
}

Task<Result<int>> CountLoad(std::atomic<int>* loads, std::string) {
    ++*loads;
    co_await runtime::Yield();
    co_return 7;
}

TEST(SmartCacheRace, ServesCoroutinesOfSeveralThreads) {
    asio::io_context home;
    auto work = asio::make_work_guard(home);
    mp::testing::ManualClock clock;
    std::atomic<int> loads = 0;
    SmartCache<int> cache(
        "race", home.get_executor(), {.store = {.max_entries = 8, .ttl = seconds(10)}}, clock
    );
    // Destroyed after the loading thread, which posts the answers to them.
    std::array<mp::testing::TaskRunner, 3> runners;
    std::jthread loader([&] { home.run(); });
    {
        std::vector<std::jthread> threads;
        for (size_t t = 0; t < runners.size(); ++t) {
            threads.emplace_back([&, t] {
                for (size_t i = 0; i < 500; ++i) {
                    const auto hit = runners[t].Run(cache.Get(
                        std::to_string((i + t) % 12),
                        [&](std::string key) { return CountLoad(&loads, std::move(key)); },
                        Deadline::After(seconds(20))
                    ));
                    EXPECT_TRUE(hit.ok());
                    if (i % 20 == 0) clock.Advance(seconds(1));
                }
            });
        }
    }
    work.reset();
    loader.join();
    EXPECT_GE(loads, 12);
    EXPECT_EQ(cache.GetStats().hits + cache.GetStats().misses, 1500u);
}

}  // namespace
}  // namespace mp::reliability
