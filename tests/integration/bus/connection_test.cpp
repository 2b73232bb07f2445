#include "bus/connection.hpp"

#include <atomic>
#include <gmock/gmock.h>
#include <string>
#include <thread>
#include <vector>

#include "broker.hpp"
#include "bus/probe.hpp"

namespace mp::bus {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using BusConnection = Broker;

TEST_F(BusConnection, WaitsForABrokerThatStartsLater) {
    server.Stop();
    bool connected = false;
    runner.Start([](Connection& which, bool& done) -> runtime::Task<> {
        done = (co_await which.Connect()).ok();
    }(connection, connected));
    EXPECT_FALSE(Reached([&] { return connected; }, milliseconds(300)));
    EXPECT_NE(connection.state().error, "");
    ASSERT_EQ(server.Start(), OkStatus());
    EXPECT_TRUE(Reached([&] { return connected; }));
    EXPECT_TRUE(connection.state().connected);
    EXPECT_EQ(connection.max_payload(), 8 << 20);
}

TEST_F(BusConnection, RefusesWhatCanNeverWork) {
    ConnectionConfig config = Config();
    for (const char* url : {"", "nats://127.0.0.1:notaport", "nats://127.0.0.1:99999"}) {
        config.url = url;
        Connection nowhere(runner.executor(), config);
        const Status refused = runner.Run(nowhere.Connect());
        EXPECT_TRUE(absl::IsInvalidArgument(refused)) << url << " " << refused;
    }

    config = Config();
    config.credentials_file = "/nonexistent/file.creds";
    Connection unreadable(runner.executor(), config);
    EXPECT_TRUE(absl::IsInvalidArgument(runner.Run(unreadable.Connect())));
}

TEST_F(BusConnection, WaitsForAHostThatIsNotKnownYet) {
    ConnectionConfig config = Config();
    config.url = "nats://no-such-host.invalid:4222";
    Connection early(runner.executor(), config);
    bool ended = false;
    runner.Start([](Connection& which, bool& done) -> runtime::Task<> {
        const Status status = co_await which.Connect();
        status.IgnoreError();
        done = true;
    }(early, ended));
    EXPECT_FALSE(Reached([&] { return ended; }, milliseconds(500)));
    EXPECT_FALSE(early.state().connected);
}

TEST_F(BusConnection, FailsAtOnceWithoutAConnection) {
    EXPECT_TRUE(absl::IsUnavailable(connection.Publish("a", "b")));
    const auto answer = runner.Run(connection.Request("a", "b", {}, Soon()));
    EXPECT_TRUE(absl::IsUnavailable(answer.status()));
}

TEST_F(BusConnection, DeliversInOrderInBursts) {
    Connect();
    std::vector<std::string> got;
    size_t bursts = 0;
    auto subscribed = connection.Subscribe("numbers.*", [&](std::span<Message> burst) {
        ++bursts;
        for (const Message& message : burst) got.emplace_back(message.payload());
    });
    ASSERT_TRUE(subscribed.ok());
    constexpr size_t kCount = 5000;
    for (size_t i = 0; i < kCount; ++i) {
        ASSERT_EQ(connection.Publish("numbers.n", std::to_string(i)), OkStatus());
    }
    ASSERT_TRUE(Reached([&] { return got.size() == kCount; }));
    for (size_t i = 0; i < kCount; ++i) ASSERT_EQ(got[i], std::to_string(i));
    EXPECT_LT(bursts, kCount / 10);

    subscribed->Cancel();
    ASSERT_EQ(connection.Publish("numbers.n", "late"), OkStatus());
    EXPECT_EQ(runner.Run(connection.Flush(Soon())), OkStatus());
    EXPECT_EQ(got.size(), kCount);
}

TEST_F(BusConnection, CarriesHeadersAndAnswers) {
    Connect();
    auto echo = connection.Subscribe("echo", [&](std::span<Message> burst) {
        for (const Message& message : burst) {
            const std::string answer = std::string(message.payload()) +
                                       std::string(message.header("Mp-Test").value_or("?"));
            EXPECT_EQ(connection.Publish(message.reply(), answer), OkStatus());
        }
    });
    const auto answer =
        runner.Run(connection.Request("echo", "hello ", {{"Mp-Test", "you"}}, Soon()));
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->payload(), "hello you");
}

TEST_F(BusConnection, TellsThatNobodyListens) {
    Connect();
    const auto answer = runner.Run(connection.Request("nobody", "", {}, Soon()));
    EXPECT_TRUE(absl::IsNotFound(answer.status())) << answer.status();
}

TEST_F(BusConnection, BoundsARequestThatIsNotAnswered) {
    Connect();
    auto silent = connection.Subscribe("silent", [](std::span<Message>) {});
    const auto answer =
        runner.Run(connection.Request("silent", "", {}, Deadline::After(milliseconds(50))));
    EXPECT_TRUE(absl::IsDeadlineExceeded(answer.status())) << answer.status();
}

TEST_F(BusConnection, RefusesWhatTheBrokerWouldNotTake) {
    Connect();
    const std::string huge((8 << 20) + 1, 'x');
    EXPECT_TRUE(absl::IsInvalidArgument(connection.Publish("a", huge)));
    EXPECT_EQ(connection.Publish("a", std::string(8 << 20, 'x')), OkStatus());
    EXPECT_EQ(runner.Run(connection.Flush(Soon())), OkStatus());
}

TEST_F(BusConnection, ComesBackAfterTheBrokerWasKilled) {
    Connect();
    std::vector<bool> changes;
    const Subscription listening = connection.OnStateChange([&](const ConnectionState& state) {
        changes.push_back(state.connected);
    });
    std::vector<std::string> got;
    auto subscribed = connection.Subscribe("before", [&](std::span<Message> burst) {
        for (const Message& message : burst) got.emplace_back(message.payload());
    });
    auto silent = connection.Subscribe("silent", [](std::span<Message>) {});
    Status pending;
    runner.Start([](Connection& which, Status& result) -> runtime::Task<> {
        result = (co_await which.Request("silent", "", {}, Deadline::After(seconds(60)))).status();
    }(connection, pending));
    EXPECT_EQ(runner.Run(connection.Flush(Soon())), OkStatus());

    server.Kill();
    ASSERT_TRUE(Reached([&] { return !connection.state().connected; }));
    EXPECT_TRUE(Reached([&] { return absl::IsUnavailable(pending); }));
    EXPECT_TRUE(absl::IsUnavailable(connection.Publish("before", "lost")));
    // Made and taken back while away.
    auto during = connection.Subscribe("during", [&](std::span<Message> burst) {
        for (const Message& message : burst) got.emplace_back(message.payload());
    });
    silent->Cancel();

    ASSERT_EQ(server.Start(), OkStatus());
    ASSERT_TRUE(Reached([&] { return connection.state().connected; }));
    EXPECT_EQ(connection.state().reconnects, 1u);
    EXPECT_EQ(connection.Publish("before", "1"), OkStatus());
    EXPECT_EQ(connection.Publish("during", "2"), OkStatus());
    EXPECT_TRUE(Reached([&] { return got.size() == 2; }));
    EXPECT_EQ(changes, (std::vector<bool>{false, true}));
}

TEST_F(BusConnection, NoticesABrokerThatWentSilent) {
    ConnectionConfig config = Config();
    config.ping_interval = milliseconds(50);
    Connection watched(runner.executor(), config);
    Connect(watched);
    server.Freeze();
    EXPECT_TRUE(Reached([&] { return !watched.state().connected; }));
    server.Thaw();
    EXPECT_TRUE(Reached([&] { return watched.state().connected; }));
}

TEST_F(BusConnection, DrainsWhatWasPublished) {
    Connect();
    Connection sender(runner.executor(), Config());
    Connect(sender);
    size_t got = 0;
    auto subscribed =
        connection.Subscribe("drained", [&](std::span<Message> burst) { got += burst.size(); });
    ASSERT_EQ(runner.Run(connection.Flush(Soon())), OkStatus());
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(sender.Publish("drained", "x"), OkStatus());
    EXPECT_EQ(runner.Run(sender.Drain(Soon())), OkStatus());
    EXPECT_TRUE(absl::IsUnavailable(sender.Publish("drained", "x")));
    EXPECT_TRUE(Reached([&] { return got == 1000; }));
}

TEST(BusCredentials, AreCheckedByTheBroker) {
    testing::NatsServer::Options options;
    options.extra_config = "authorization { user: mp, password: secret }";
    testing::NatsServer guarded(options);
    ASSERT_EQ(guarded.Start(), OkStatus());
    testing::TaskRunner runner;
    ConnectionConfig config;
    config.url = guarded.url();
    config.user = "mp";
    config.password = "wrong";
    Connection refused(runner.executor(), config);
    EXPECT_TRUE(absl::IsPermissionDenied(runner.Run(refused.Connect())));
    config.password = "secret";
    Connection accepted(runner.executor(), config);
    EXPECT_EQ(runner.Run(accepted.Connect()), OkStatus());
}

TEST_F(BusConnection, ShowsNoCredentialsOfAnAddressThatIsLost) {
    ConnectionConfig config = Config();
    config.url = "nats://mp:secret@127.0.0.1:" + std::to_string(server.port());
    Connection named(runner.executor(), config);
    Connect(named);
    server.Kill();
    ASSERT_TRUE(Reached([&] { return !named.state().connected; }));
    const std::string shown = runner.Run(Probe(named)()).ToString();
    EXPECT_THAT(shown, HasSubstr("127.0.0.1"));
    EXPECT_THAT(shown, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace mp::bus
