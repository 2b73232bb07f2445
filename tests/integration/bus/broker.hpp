#pragma once
// What every test of the bus begins with: a real broker and a connection to it.

#include <chrono>
#include <gtest/gtest.h>
#include <string>

#include "bus/connection.hpp"
#include "bus/stream.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task.hpp"
#include "testing/nats_server.hpp"
#include "testing/run_task.hpp"

namespace mp::bus {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline Deadline Soon() {
    return Deadline::After(seconds(10));
}

class Broker : public ::testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(server.running()) << server.log(); }

    ConnectionConfig Config() const {
        ConnectionConfig config;
        config.url = server.url();
        config.name = "test";
        config.reconnect_min = milliseconds(20);
        config.reconnect_max = milliseconds(100);
        return config;
    }

    void Connect() { Connect(connection); }
    void Connect(Connection& which) { ASSERT_EQ(runner.Run(which.Connect()), OkStatus()); }

    StreamInfo MakeStream(StreamConfig config) {
        auto info = runner.Run(EnsureStream(connection, std::move(config), Soon()));
        EXPECT_TRUE(info.ok()) << info.status();
        return info.value_or(StreamInfo());
    }
    StreamInfo MakeStream(const std::string& name, const std::string& subject) {
        StreamConfig config;
        config.name = name;
        config.subjects = {subject};
        return MakeStream(std::move(config));
    }

    // Runs the executor until the condition holds.
    template <typename Condition>
    bool Reached(Condition condition, milliseconds limit = seconds(15)) {
        return runner.Run(Wait(condition, Deadline::After(limit)), limit + seconds(1));
    }

    testing::NatsServer server;
    testing::TaskRunner runner;
    Connection connection{runner.executor(), StartedConfig()};

  private:
    // The port is known only after the start.
    ConnectionConfig StartedConfig() {
        EXPECT_EQ(server.Start(), OkStatus());
        return Config();
    }

    template <typename Condition>
    static runtime::Task<bool> Wait(Condition condition, Deadline deadline) {
        while (!condition()) {
            if (deadline.Passed()) co_return condition();
            co_await runtime::Sleep(milliseconds(1));
        }
        co_return true;
    }
};

}  // namespace mp::bus
