#include "gateway/rest/answer_cache.hpp"

#include <chrono>
#include <gtest/gtest.h>

#include "runtime/condition.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::gateway {
namespace {

using std::chrono::seconds;

const Route& RouteOf(Operation operation) {
    for (const Route& route : Routes()) {
        if (route.operation == operation && route.method == net::HttpMethod::kGet) return route;
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
        answer.empty = empty_;
        co_return answer;
    }
    Result<SharedAnswer> Get() {
        const AnswerCache::Load load = [this] { return Load(); };
        return runner_.Run(
            cache_.Get(RouteOf(operation_), arguments_, load, Deadline::After(seconds(20)))
        );
    }
    std::string Body() { return Get()->answer->body; }

    mp::testing::ManualClock clock_;
    mp::testing::TaskRunner runner_;
    telemetry::MetricRegistry metrics_;
    AnswerCache cache_{
        runner_.executor(),
        {},
        nullptr,
        [this](const Arguments&) { return unchanged_; },
        metrics_,
        clock_};
    Arguments arguments_;
    Operation operation_ = Operation::kTrades;
    Duration unchanged_ = Duration::max();
    std::optional<bool> complete_ = true;
    Status failure_;
    bool empty_ = false;
    int loads_ = 0;
};

// One instrument, not an interval of its history.
class AnswerCacheOpenTest : public AnswerCacheTest {
  protected:
    void AskFor(Operation operation) {
        operation_ = operation;
        arguments_.market = model::Market::kSpot;
        arguments_.start = arguments_.end = std::nullopt;
    }
};

TEST_F(AnswerCacheOpenTest, KeepsATickerForSeconds) {
    AskFor(Operation::kTicker);
    EXPECT_EQ(Body(), "1");
    clock_.Advance(seconds(3));
    EXPECT_EQ(Body(), "1");
    EXPECT_EQ(Get()->age, seconds(3));
    clock_.Advance(seconds(3));
    EXPECT_EQ(Body(), "2");
    arguments_.start = 0;
    EXPECT_EQ(Body(), "3") << "all the tickers since then";
    EXPECT_EQ(Body(), "4");
}

TEST_F(AnswerCacheOpenTest, KeepsMetadataForAnHour) {
    AskFor(Operation::kInstruments);
    EXPECT_EQ(Body(), "1");
    clock_.Advance(seconds(2800));
    EXPECT_EQ(Body(), "1");
    clock_.Advance(seconds(800));
    EXPECT_EQ(Body(), "2");
    arguments_.symbol.clear();
    EXPECT_EQ(Body(), "3") << "a list is always asked for";
    EXPECT_EQ(Body(), "4");
}

TEST_F(AnswerCacheOpenTest, AsksForMetadataAnewUntilWhatIsNewIsStored) {
    AskFor(Operation::kInstruments);
    EXPECT_EQ(Body(), "1");
    clock_.Advance(seconds(100));
    unchanged_ = seconds(9);
    EXPECT_EQ(Body(), "2");
    EXPECT_EQ(Body(), "3");
    clock_.Advance(seconds(5));
    unchanged_ = seconds(14);
    EXPECT_EQ(Body(), "4") << "what came before may be old";
    clock_.Advance(seconds(5));
    unchanged_ = seconds(19);
    EXPECT_EQ(Body(), "4");
}

TEST_F(AnswerCacheOpenTest, DoesNotKeepThatThereIsNothing) {
    AskFor(Operation::kTicker);
    empty_ = true;
    EXPECT_EQ(Body(), "1");
    clock_.Advance(seconds(1));
    empty_ = false;
    EXPECT_EQ(Body(), "2");
    clock_.Advance(seconds(1));
    EXPECT_EQ(Body(), "2");
}

TEST_F(AnswerCacheOpenTest, GivesAnOldTickerWhileTheStoreIsAway) {
    AskFor(Operation::kTicker);
    EXPECT_EQ(Body(), "1");
    clock_.Advance(seconds(30));
    failure_ = absl::UnavailableError("away");
    const Result<SharedAnswer> kept = Get();
    ASSERT_TRUE(kept.ok()) << kept.status();
    EXPECT_TRUE(kept->degraded);
    EXPECT_EQ(kept->age, seconds(30));
}

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
        runner.executor(), {.load_timeout = std::chrono::milliseconds(20)}, nullptr, {}, metrics};
    Arguments arguments;
    arguments.start = 0;
    arguments.end = 1;
    runtime::Event never;
    const AnswerCache::Load load = [&never]() -> Task<Result<Answer>> { return Await(never); };
    const auto answer = runner.Run(
        cache.Get(RouteOf(Operation::kTrades), arguments, load, Deadline::After(seconds(4)))
    );
    EXPECT_TRUE(absl::IsDeadlineExceeded(answer.status())) << answer.status();
    EXPECT_EQ(MessageOf(answer.status()), "deadline exceeded") << "the load's, not the asker's";
}

}  // namespace
}  // namespace mp::gateway
