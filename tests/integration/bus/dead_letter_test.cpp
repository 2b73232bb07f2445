#include "bus/dead_letter.hpp"

#include <optional>

#include "broker.hpp"
#include "bus/ordered_consumer.hpp"
#include "bus/topology.hpp"
#include "testing/manual_clock.hpp"

namespace mp::bus {
namespace {

struct Letter {
    std::string subject;
    Headers headers;
    std::string body;

    std::string header(const std::string& name) const {
        for (const auto& [key, value] : headers) {
            if (key == name) return value;
        }
        return "(none)";
    }
};

class BusDeadLetters : public Broker {
  protected:
    void SetUp() override {
        Broker::SetUp();
        Connect();
        MakeStream(DeadLetterStream(64 << 20, 1));
        OrderedConsumerConfig config;
        config.stream = kDeadLetterStream;
        config.start = StartAt::All();
        OrderedHandlers handlers;
        handlers.on_messages = [this](std::span<StreamMessage> burst) {
            for (const StreamMessage& message : burst) {
                letters.push_back(
                    {std::string(message.subject()),
                     message.message.headers(),
                     std::string(message.payload())}
                );
            }
        };
        reader.emplace(connection, config, handlers);
    }

    std::vector<Letter> letters;
    std::optional<OrderedConsumer> reader;
};

TEST_F(BusDeadLetters, KeepTheBeginningAndTheWholesDigest) {
    DeadLetters dead(connection, {});
    const auto sending = runner.RunBeside(dead.Run());
    dead.Put("collector.binance", "not JSON", "abc", {{"Mp-Extra", "1"}});
    dead.Put("odd source!", "two\nlines", std::string(100'000, 'a'));
    ASSERT_TRUE(Reached([&] { return letters.size() == 2; }));
    EXPECT_EQ(letters[0].subject, "dead.collector.binance");
    EXPECT_EQ(letters[0].body, "abc");
    EXPECT_EQ(letters[0].header("Mp-Source"), "collector.binance");
    EXPECT_EQ(letters[0].header("Mp-Reason"), "not JSON");
    EXPECT_EQ(letters[0].header("Mp-Size"), "3");
    EXPECT_EQ(letters[0].header("Mp-Extra"), "1");
    EXPECT_EQ(
        letters[0].header("Mp-Sha256"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    EXPECT_EQ(letters[1].subject, "dead.odd_source_");
    EXPECT_EQ(letters[1].body.size(), DeadLetters::kKeptBytes);
    EXPECT_EQ(letters[1].header("Mp-Size"), "100000");
    EXPECT_EQ(letters[1].header("Mp-Reason"), "two lines");
    EXPECT_TRUE(Reached([&] { return dead.counters().stored == 2; }));
}

TEST_F(BusDeadLetters, AreBoundedInTheirRate) {
    testing::ManualClock clock;
    DeadLetters dead(connection, {.per_second = 10, .burst = 5}, clock);
    const auto sending = runner.RunBeside(dead.Run());
    for (int i = 0; i < 20; ++i) dead.Put("test", "why", "x");
    EXPECT_EQ(dead.counters().dropped, 15u);
    clock.Advance(milliseconds(200));
    for (int i = 0; i < 20; ++i) dead.Put("test", "why", "x");
    EXPECT_EQ(dead.counters().dropped, 33u);
    EXPECT_TRUE(Reached([&] { return letters.size() == 7 && dead.counters().stored == 7; }));
}

TEST_F(BusDeadLetters, WaitForABrokerThatIsAway) {
    DeadLetters dead(connection, {.max_waiting = 3});
    const auto sending = runner.RunBeside(dead.Run());
    server.Kill();
    ASSERT_TRUE(Reached([&] { return !connection.state().connected; }));
    for (int i = 0; i < 5; ++i) dead.Put("test", "why", "x");
    EXPECT_EQ(dead.counters().dropped, 2u);
    ASSERT_EQ(server.Start(), OkStatus());
    EXPECT_TRUE(Reached([&] { return letters.size() == 3 && dead.counters().stored == 3; }));
    EXPECT_EQ(dead.counters().failed, 0u);
}

TEST_F(BusDeadLetters, AreHandedOverAtTheEnd) {
    DeadLetters dead(connection, {});
    {
        const auto sending = runner.RunBeside(dead.Run());
        dead.Put("test", "why", "x");
    }
    EXPECT_EQ(dead.counters().stored, 1u);
    dead.Put("test", "too late", "x");
    EXPECT_EQ(dead.counters().dropped, 1u);
}

}  // namespace
}  // namespace mp::bus
