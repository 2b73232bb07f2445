#include "gateway/shared/shared_limits.hpp"

#include "redis_stand.hpp"

namespace mp::gateway {
namespace {

using redis::milliseconds;
using redis::seconds;

// A thousand seconds for each: nothing comes back while a test runs.
constexpr Duration kWindow = seconds(60'000);

// A gateway's limiter, settled when the test says so.
struct Gateway {
    Gateway(const Executor& executor, redis::ConnectionConfig config)
        : connection(executor, std::move(config), metrics),
          limits(connection, limiter, milliseconds(100), metrics, seconds(30)) {}

    int Spend(std::string_view key, int times) {
        int allowed = 0;
        for (int i = 0; i < times; ++i) allowed += limiter.Check(key, {60, kWindow}).allowed;
        return allowed;
    }
    uint64_t Rounds(std::string_view outcome) {
        return metrics.Counters("marketprism_shared_limits_rounds_total", "", {"outcome"})
            .With({outcome})
            .value();
    }

    telemetry::MetricRegistry metrics;
    reliability::GcraLimiter limiter;
    redis::Connection connection;
    SharedLimits limits;
};

class SharedLimitsTest : public redis::RedisStand {
  protected:
    void Settle(Gateway& gateway) { runner.Run(gateway.limits.Settle()); }

    Gateway first{runner.executor(), Config()};
    Gateway second{runner.executor(), Config()};
    testing::TaskRunner::Beside first_runs = runner.RunBeside(first.connection.Run());
    testing::TaskRunner::Beside second_runs = runner.RunBeside(second.connection.Run());
    bool connected = Connected(first.connection) && Connected(second.connection);
};

TEST_F(SharedLimitsTest, CountWhatIsSpentAnywhere) {
    ASSERT_TRUE(connected);
    EXPECT_EQ(first.Spend("a", 40), 40);
    Settle(first);
    EXPECT_EQ(second.Spend("a", 1), 1);
    Settle(second);  // learns of the 40
    EXPECT_EQ(second.Spend("a", 100), 19);
    Settle(second);
    EXPECT_EQ(first.Spend("a", 1), 1) << "has not heard of it yet";
    Settle(first);
    EXPECT_EQ(first.Spend("a", 100), 0);
    EXPECT_EQ(second.Spend("b", 1), 1) << "another key";
    EXPECT_EQ(first.Rounds("settled"), 2u);
    EXPECT_EQ(second.Rounds("settled"), 2u);
}

TEST_F(SharedLimitsTest, LetThroughTheLimitAndWhatOneIntervalAdmits) {
    ASSERT_TRUE(connected);
    int allowed = 0;
    for (int round = 0; round < 40; ++round) {
        allowed += first.Spend("a", 3) + second.Spend("a", 3);
        Settle(first);
        Settle(second);
    }
    EXPECT_GE(allowed, 60);
    EXPECT_LE(allowed, 60 + 2 * 3);
}

TEST_F(SharedLimitsTest, AskNothingWhereNothingIsCharged) {
    ASSERT_TRUE(connected);
    Settle(first);
    EXPECT_EQ(first.Rounds("settled"), 0u);
    EXPECT_EQ(first.Rounds("idle"), 1u);
    EXPECT_EQ(first.Spend("a", 200), 60);
    Settle(first);
    EXPECT_EQ(first.Spend("a", 200), 0);
    Settle(first);
    EXPECT_EQ(first.Rounds("settled"), 1u) << "nor where all is refused";
}

TEST_F(SharedLimitsTest, SettleABoundedNumberOfKeysARound) {
    ASSERT_TRUE(connected);
    constexpr size_t kKeys = SharedLimits::kKeysARound + 500;
    for (size_t i = 0; i < kKeys; ++i) first.Spend("user:" + std::to_string(i), 1);
    Settle(first);
    EXPECT_EQ(*Ask(first.connection, {"DBSIZE"})->number(), int64_t{SharedLimits::kKeysARound});
    Settle(first);
    EXPECT_EQ(*Ask(first.connection, {"DBSIZE"})->number(), int64_t{kKeys});
}

TEST_F(SharedLimitsTest, LeaveKeysThatEnd) {
    ASSERT_TRUE(connected);
    first.Spend("a", 6);
    Settle(first);
    const int64_t left = *Ask(first.connection, {"PTTL", "marketprism:limit:1:a"})->number();
    EXPECT_GT(left, 5'000'000);
    EXPECT_LE(left, 6'000'000);
}

TEST_F(SharedLimitsTest, SurviveARedisThatForgotTheScript) {
    ASSERT_TRUE(connected);
    first.Spend("a", 60);
    first.Spend("b", 60);
    Settle(first);
    ASSERT_TRUE(Ask(first.connection, {"SCRIPT", "FLUSH"}).ok());
    second.Spend("a", 1);
    second.Spend("b", 1);
    Settle(second);
    EXPECT_EQ(second.Rounds("settled"), 1u);
    EXPECT_EQ(second.Spend("a", 1) + second.Spend("b", 1), 0);
}

TEST_F(SharedLimitsTest, LetNobodyWaitLongForAClockThatWasSetBack) {
    ASSERT_TRUE(connected);
    // As if all that was spent at a time that has not come yet.
    ASSERT_TRUE(Ask(first.connection, {"SET", "marketprism:limit:1:a", "9000000000000000"}).ok());
    first.Spend("a", 1);
    Settle(first);
    const auto decision = first.limiter.Check("a", {60, kWindow});
    EXPECT_FALSE(decision.allowed);
    EXPECT_LE(decision.retry_after, 4 * kWindow);
}

TEST_F(SharedLimitsTest, AreEachGatewaysOwnWhileRedisIsAway) {
    ASSERT_TRUE(connected);
    EXPECT_EQ(first.Spend("a", 30), 30);
    server.Kill();
    ASSERT_TRUE(Reached([&] { return !first.connection.state().connected; }));
    Settle(first);
    EXPECT_EQ(first.Rounds("away"), 1u);
    EXPECT_EQ(first.Spend("a", 100), 30);
    // An empty one comes back, and is told of all that is still owed.
    ASSERT_EQ(server.Start(), OkStatus());
    ASSERT_TRUE(Connected(first.connection) && Connected(second.connection));
    Settle(first);
    EXPECT_EQ(second.Spend("a", 1), 1);
    Settle(second);
    EXPECT_EQ(second.Spend("a", 10), 0);
}

TEST_F(SharedLimitsTest, FailNobodyWhereRedisRefuses) {
    ASSERT_TRUE(connected);
    ASSERT_TRUE(Ask(first.connection, {"ACL", "SETUSER", "default", "-eval"}).ok());
    EXPECT_EQ(first.Spend("a", 30), 30);
    Settle(first);
    EXPECT_EQ(first.Rounds("failed"), 1u);
    EXPECT_EQ(first.Spend("a", 100), 30);
}

}  // namespace
}  // namespace mp::gateway
