#include "gateway/rest/answer_cache.hpp"

#include <chrono>
#include <gtest/gtest.h>

#include "runtime/condition.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::gateway {
namespace {

using std::chrono::seconds;

const Route& TradesRoute() {
    for (const Route& route : Routes()) {
        if (route.operation == Operation::kTrades) return route;
    }
    std::abort();
}

Task<Result<Answer>> Await(runtime::Event& event) {
    co_await event.Wait();
    co_return Answer{};
}

class AnswerCacheTest : public ::testing::Test {
  protected:
    AnswerCacheTest() {
        arguments_.exchange = "binance";
        arguments_.symbol = "BTC-USDT";
        arguments_.start = clock_.Now() - 200 * kSecond;
        arguments_.end = clock_.Now() - 100 * kSecond;
    }
    Task<Result<Answer>> Load() {
        ++loads_;
        if (!failure_.ok()) co_return failure_;
        Answer answer;
        answer.body = std::to_string(loads_);
        answer.complete = complete_;
        co_return answer;
    }
    Result<SharedAnswer> Get() {
        const AnswerCache::Load load = [this] { return Load(); };
        return runner_.Run(cache_.Get(TradesRoute(), arguments_, load, Deadline::After(seconds(20)))
        );
    }
    std::string Body() { return Get()->answer->body; }

    mp::testing::ManualClock clock_;
    mp::testing::TaskRunner runner_;
    telemetry::MetricRegistry metrics_;
    AnswerCache cache_{runner_.executor(), {}, nullptr, metrics_, clock_};
    Arguments arguments_;
    std::optional<bool> complete_ = true;
    Status failure_;
    int loads_ = 0;
};

TEST_F(AnswerCacheTest, KeepsACompleteAnswerOfAnIntervalThatEnded) {
    EXPECT_EQ(Body(), "1");
    clock_.Advance(seconds(1));
    EXPECT_EQ(Body(), "1");
}

TEST_F(AnswerCacheTest, AsksAnewWhereAGapMayHaveBeenFilled) {
    complete_ = false;
    EXPECT_EQ(Body(), "1");
    clock_.Advance(seconds(1));
    complete_ = true;
    EXPECT_EQ(Body(), "2");
    clock_.Advance(seconds(1));
    EXPECT_EQ(Body(), "2");
}

TEST_F(AnswerCacheTest, AsksAnewForTheLiveEdge) {
    arguments_.end.reset();
    EXPECT_EQ(Body(), "1");
    clock_.Advance(seconds(1));
    EXPECT_EQ(Body(), "2");
}

TEST_F(AnswerCacheTest, GivesWhatItHasWhileTheStoreIsAway) {
    complete_ = false;
    EXPECT_EQ(Body(), "1");
    clock_.Advance(seconds(1));
    failure_ = absl::UnavailableError("away");
    const Result<SharedAnswer> kept = Get();
    ASSERT_TRUE(kept.ok()) << kept.status();
    EXPECT_EQ(kept->answer->body, "1");
    EXPECT_TRUE(kept->degraded);
}

TEST(AnswerCache, GivesAClosedIntervalTheTimeThatIsConfigured) {
    mp::testing::TaskRunner runner;
    telemetry::MetricRegistry metrics;
    AnswerCache cache{
        runner.executor(), {.load_timeout = std::chrono::milliseconds(20)}, nullptr, metrics};
    Arguments arguments;
    arguments.start = 0;
    arguments.end = 1;
    runtime::Event never;
    const AnswerCache::Load load = [&never]() -> Task<Result<Answer>> { return Await(never); };
    const auto answer =
        runner.Run(cache.Get(TradesRoute(), arguments, load, Deadline::After(seconds(4))));
    EXPECT_TRUE(absl::IsDeadlineExceeded(answer.status())) << answer.status();
    EXPECT_EQ(MessageOf(answer.status()), "deadline exceeded") << "the load's, not the asker's";
}

}  // namespace
}  // namespace mp::gateway
