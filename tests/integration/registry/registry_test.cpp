#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <optional>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "bus/connection.hpp"
#include "bus/topology.hpp"
#include "registry/directory.hpp"
#include "registry/registration.hpp"
#include "runtime/sleep.hpp"
#include "testing/nats_server.hpp"
#include "testing/run_task.hpp"

namespace mp::registry {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A process of its own, as far as the registry can tell.
struct Member {
    Member(testing::TaskRunner& runner_in, const std::string& url, const std::string& name)
        : runner(runner_in), connection(runner.executor(), Config(url)) {
        EXPECT_EQ(runner.Run(connection.Connect()), OkStatus());
        auto opened = runner.Run(
            bus::KvBucket::Open(connection, bus::RegistryBucket(1), Deadline::After(seconds(10)))
        );
        EXPECT_TRUE(opened.ok()) << opened.status();
        bucket = *std::move(opened);
        Instance self;
        self.set_service(kCollector);
        self.set_instance(name);
        registration.emplace(
            *bucket, self, Registration::Config{}, Registration::Callbacks{}, DefaultClock()
        );
        asio::co_spawn(
            runner.executor(),
            registration->Run(),
            asio::bind_cancellation_slot(stop.slot(), [this](std::exception_ptr) { ended = true; })
        );
    }
    ~Member() { Die(); }

    // As by kill -9: no goodbye.
    void Die() { stop.emit(asio::cancellation_type::all); }

    static bus::ConnectionConfig Config(const std::string& url) {
        bus::ConnectionConfig config;
        config.url = url;
        config.reconnect_min = milliseconds(20);
        config.reconnect_max = milliseconds(100);
        return config;
    }

    testing::TaskRunner& runner;
    bus::Connection connection;
    std::unique_ptr<bus::KvBucket> bucket;
    std::optional<Registration> registration;
    asio::cancellation_signal stop;
    bool ended = false;
};

class RegistryOverTheBus : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(server.Start(), OkStatus());
        watcher.emplace(runner, server.url(), "watcher");
        directory.emplace(*watcher->bucket, Directory::Config{.reachable = [this] {
            return watcher->connection.state().connected;
        }});
        runner.Start(directory->Run());
        ASSERT_TRUE(Reached([this] { return Count() == 1; }));
    }
    size_t Count() { return directory->Instances(kCollector).size(); }

    template <typename Condition>
    bool Reached(Condition condition, milliseconds limit = seconds(15)) {
        return runner.Run(Wait(condition, Deadline::After(limit)), limit + seconds(1));
    }
    template <typename Condition>
    static runtime::Task<bool> Wait(Condition condition, Deadline deadline) {
        while (!condition() && !deadline.Passed()) co_await runtime::Sleep(milliseconds(5));
        co_return condition();
    }

    testing::NatsServer server;
    testing::TaskRunner runner;
    std::optional<Member> watcher;
    std::optional<Directory> directory;
};

TEST_F(RegistryOverTheBus, ListsAMemberAtOnceAndForgetsADeadOneInThreeSeconds) {
    Member member(runner, server.url(), "other");
    ASSERT_TRUE(Reached([this] { return Count() == 2; }, seconds(1)));
    // Heartbeats keep it.
    EXPECT_FALSE(Reached([this] { return Count() != 2; }, seconds(4)));
    member.Die();
    const auto died = std::chrono::steady_clock::now();
    ASSERT_TRUE(Reached([this] { return Count() == 1; }, seconds(5)));
    const auto took = std::chrono::steady_clock::now() - died;
    EXPECT_GT(took, milliseconds(1500));
    EXPECT_LT(took, milliseconds(3800));
}

TEST_F(RegistryOverTheBus, DropsAMemberThatSaysGoodbye) {
    Member member(runner, server.url(), "other");
    ASSERT_TRUE(Reached([this] { return Count() == 2; }));
    ASSERT_EQ(runner.Run(member.registration->StartDraining()), OkStatus());
    ASSERT_TRUE(Reached([this] { return directory->Instances(kCollector)[0].draining(); }));
    member.Die();
    ASSERT_TRUE(Reached([&] { return member.ended; }));
    ASSERT_EQ(runner.Run(member.registration->Deregister()), OkStatus());
    EXPECT_TRUE(Reached([this] { return Count() == 1; }, milliseconds(500)));
}

TEST_F(RegistryOverTheBus, SurvivesADeadBroker) {
    Member member(runner, server.url(), "other");
    ASSERT_TRUE(Reached([this] { return Count() == 2; }));
    server.Kill();
    ASSERT_TRUE(Reached([&] { return !watcher->connection.state().connected; }));
    EXPECT_FALSE(Reached([this] { return Count() != 2; }, seconds(4)));
    ASSERT_EQ(server.Start(), OkStatus());
    ASSERT_TRUE(Reached([&] { return member.connection.state().connected; }));
    EXPECT_FALSE(Reached([this] { return Count() != 2; }, seconds(4)));
    member.Die();
    EXPECT_TRUE(Reached([this] { return Count() == 1; }, seconds(5)));
}

}  // namespace
}  // namespace mp::registry
