#include "gateway/rest/answer_cache.hpp"

#include <chrono>
#include <gtest/gtest.h>

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
    AnswerCache cache_{runner_.executor(), {}, metrics_, clock_};
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

}  // namespace
}  // namespace mp::gateway
