#pragma once
// What every test with Redis begins with: a real server, and connections that its loop runs.

#include <chrono>
#include <gtest/gtest.h>
#include <string>

#include "redis/connection.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/metric_registry.hpp"
#include "testing/redis_server.hpp"
#include "testing/run_task.hpp"

namespace mp::redis {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline Deadline Soon() {
    return Deadline::After(seconds(10));
}

class RedisStand : public ::testing::Test {
  protected:
    explicit RedisStand(std::vector<std::string> arguments = {}) : server(std::move(arguments)) {
        EXPECT_EQ(server.Start(), OkStatus());
    }

    ConnectionConfig Config(const std::string& user = "") const {
        ConnectionConfig config;
        auto address = ParseUrl("redis://" + user + "127.0.0.1:" + std::to_string(server.port()));
        EXPECT_TRUE(address.ok()) << address.status();
        config.address = *address;
        config.silence_timeout = seconds(30);
        config.reconnect = {milliseconds(10), milliseconds(50)};
        return config;
    }

    // Runs the loop until the condition holds.
    template <typename Condition>
    bool Reached(Condition condition, seconds limit = seconds(15)) {
        return runner.Run(Wait(condition, Deadline::After(limit)), limit + seconds(5));
    }
    bool Connected(const Connection& redis) {
        return Reached([&redis] { return redis.state().connected; });
    }

    Result<Reply> Ask(Connection& redis, Arguments arguments) {
        return runner.Run(redis.Command(std::move(arguments), Soon()));
    }
    std::string Text(Connection& redis, Arguments arguments) {
        const Result<Reply> reply = Ask(redis, std::move(arguments));
        if (!reply.ok()) return reply.status().ToString();
        return reply->text() != nullptr ? *reply->text() : "(no text)";
    }

    // Of marketprism_redis_commands_total.
    uint64_t Count(std::string_view outcome) {
        return metrics.Counters("marketprism_redis_commands_total", "", {"outcome"})
            .With({outcome})
            .value();
    }

    testing::RedisServer server;
    testing::TaskRunner runner;
    telemetry::MetricRegistry metrics;

  private:
    template <typename Condition>
    static Task<bool> Wait(Condition condition, Deadline deadline) {
        while (!condition()) {
            if (deadline.Passed()) co_return condition();
            co_await runtime::Sleep(milliseconds(1));
        }
        co_return true;
    }
};

}  // namespace mp::redis
