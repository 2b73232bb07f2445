#include "gateway/shared/shared_answers.hpp"

#include "gateway/rest/answer_cache.hpp"
#include "redis_stand.hpp"
#include "testing/manual_clock.hpp"

namespace mp::gateway {
namespace {

using redis::milliseconds;
using redis::seconds;

const Route& TradesRoute() {
    for (const Route& route : Routes()) {
        if (route.operation == Operation::kTrades) return route;
    }
    std::abort();
}

Answer Whole(std::string body) {
    return {.body = std::move(body), .next_cursor = "next", .complete = true};
}

// A gateway's connection to the server, and the two levels of its answers.
struct Gateway {
    Gateway(
        const Executor& executor, redis::ConnectionConfig config, Duration timeout = seconds(10)
    )
        : connection(executor, std::move(config), metrics),
          answers(
              connection, {.timeout = timeout, .ttl = seconds(100), .max_bytes = 1000}, metrics
          ),
          cache(
              executor, {}, &answers, [](const Arguments&) { return Duration::max(); }, metrics
          ) {}

    uint64_t Count(std::string_view outcome) {
        return metrics.Counters("marketprism_shared_answers_total", "", {"outcome"})
            .With({outcome})
            .value();
    }

    telemetry::MetricRegistry metrics;
    redis::Connection connection;
    SharedAnswers answers;
    AnswerCache cache;
};

class SharedAnswersTest : public redis::RedisStand {
  protected:
    std::optional<Answer> Find(Gateway& gateway, const std::string& key) {
        return runner.Run(gateway.answers.Find(key));
    }
    Task<Result<Answer>> Load() {
        ++loads;
        co_return answer;
    }
    Result<SharedAnswer> Get(Gateway& gateway) {
        Arguments arguments;
        arguments.exchange = "binance";
        arguments.symbol = "BTC-USDT";
        arguments.start = 0;
        arguments.end = kSecond;
        const AnswerCache::Load load = [this] { return Load(); };
        return runner.Run(gateway.cache.Get(TradesRoute(), arguments, load, redis::Soon()));
    }

    Answer answer = Whole("{\"data\":[]}");
    int loads = 0;
    Gateway first{runner.executor(), Config()};
    Gateway second{runner.executor(), Config()};
    testing::TaskRunner::Beside first_runs = runner.RunBeside(first.connection.Run());
    testing::TaskRunner::Beside second_runs = runner.RunBeside(second.connection.Run());
    bool connected = Connected(first.connection) && Connected(second.connection);
};

TEST_F(SharedAnswersTest, AreFoundByAnotherGatewayAsTheyWereLeft) {
    ASSERT_TRUE(connected);
    EXPECT_FALSE(Find(second, "key\n1"));
    first.answers.Leave("key\n1", answer);
    ASSERT_EQ(Ask(first.connection, {"PING"}).status(), OkStatus());
    const auto found = Find(second, "key\n1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->body, answer.body);
    EXPECT_EQ(found->next_cursor, "next");
    EXPECT_EQ(found->complete, true);
    EXPECT_EQ(second.Count("hit"), 1u);
    EXPECT_EQ(second.Count("miss"), 1u);
    EXPECT_EQ(first.Count("left"), 1u);
}

TEST_F(SharedAnswersTest, AreAskedForBetweenMemoryAndTheStore) {
    ASSERT_TRUE(connected);
    EXPECT_EQ(Get(first)->answer->body, answer.body);
    ASSERT_EQ(Ask(first.connection, {"PING"}).status(), OkStatus());
    EXPECT_EQ(Get(first)->answer->body, answer.body);
    EXPECT_EQ(first.Count("miss"), 1u) << "the second time memory has it";
    EXPECT_EQ(Get(second)->answer->body, answer.body);
    EXPECT_EQ(loads, 1);
    EXPECT_EQ(second.Count("hit"), 1u);
}

TEST_F(SharedAnswersTest, LeaveOutWhatIsNotForOthers) {
    ASSERT_TRUE(connected);
    first.answers.Leave("large", Whole(std::string(1001, 'x')));
    first.answers.Leave("gap", {.body = "x", .complete = false});
    first.answers.Leave("unknown", {.body = "x"});
    first.answers.Leave("away", {.body = "x", .complete = true, .degraded = true});
    for (const char* key : {"large", "gap", "unknown", "away"})
        EXPECT_FALSE(Find(first, key)) << key;
    EXPECT_EQ(first.Count("too_large"), 1u);
    EXPECT_EQ(first.Count("left"), 0u);
}

TEST_F(SharedAnswersTest, HaveAVersionAndAnEnd) {
    ASSERT_TRUE(connected);
    first.answers.Leave("key", answer);
    const auto keys = Ask(first.connection, {"KEYS", "*"});
    ASSERT_TRUE(keys.ok()) << keys.status();
    ASSERT_EQ(keys->items()->size(), 1u);
    const std::string key = *keys->items()->at(0).text();
    EXPECT_EQ(key, "marketprism:answer:" MP_VERSION ":1:key");
    const auto left = Ask(first.connection, {"PTTL", key});
    EXPECT_GT(*left->number(), 50'000);
    EXPECT_LE(*left->number(), 100'000);
    ASSERT_TRUE(Ask(first.connection, {"SET", key, "garbage"}).ok());
    EXPECT_FALSE(Find(second, "key"));
    EXPECT_EQ(second.Count("unreadable"), 1u);
}

TEST_F(SharedAnswersTest, AreLoadedWhereRedisIsAway) {
    ASSERT_TRUE(connected);
    server.Kill();
    ASSERT_TRUE(Reached([&] { return !first.connection.state().connected; }));
    EXPECT_EQ(Get(first)->answer->body, answer.body);
    EXPECT_EQ(loads, 1);
    EXPECT_EQ(first.Count("away"), 1u);
    EXPECT_EQ(first.Count("not_left"), 1u);
}

TEST_F(SharedAnswersTest, AreNotWaitedForWhereRedisIsSilent) {
    Gateway hasty{runner.executor(), Config(), milliseconds(200)};
    const auto runs = runner.RunBeside(hasty.connection.Run());
    ASSERT_TRUE(Connected(hasty.connection));
    server.Freeze();
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(Get(hasty)->answer->body, answer.body);
    EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(9));
    EXPECT_EQ(loads, 1);
    EXPECT_EQ(hasty.Count("failed") + hasty.Count("away"), 1u);
    server.Thaw();
}

TEST_F(SharedAnswersTest, ABreakerSparesRequestsTheWaiting) {
    ASSERT_TRUE(connected);
    redis::ConnectionConfig patient = Config();
    patient.silence_timeout = seconds(600);
    testing::ManualClock clock;
    telemetry::MetricRegistry own;
    redis::Connection connection(runner.executor(), patient, own);
    SharedAnswers answers(connection, {.timeout = milliseconds(10)}, own, clock);
    const auto runs = runner.RunBeside(connection.Run());
    ASSERT_TRUE(Connected(connection));
    const auto count = [&own](std::string_view outcome) {
        return own.Counters("marketprism_shared_answers_total", "", {"outcome"})
            .With({outcome})
            .value();
    };
    server.Freeze();
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(runner.Run(answers.Find("key")));
    EXPECT_EQ(count("failed"), 5u);
    EXPECT_EQ(count("skipped"), 15u);
    answers.Leave("key", answer);
    EXPECT_EQ(count("not_left"), 1u);
    server.Thaw();
    ASSERT_EQ(Ask(connection, {"PING"}).status(), OkStatus());
    // One probe decides; on a busy machine ten milliseconds may be too few for the first.
    for (int i = 0; i < 1000 && count("miss") == 0; ++i) {
        clock.Advance(seconds(5));
        EXPECT_FALSE(runner.Run(answers.Find("key")));
    }
    EXPECT_EQ(count("miss"), 1u);
}

}  // namespace
}  // namespace mp::gateway
