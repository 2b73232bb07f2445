#include "bus/ordered_consumer.hpp"

#include <memory>
#include <optional>
#include <vector>

#include "broker.hpp"
#include "bus/consumer.hpp"
#include "bus/publisher.hpp"

namespace mp::bus {
namespace {

class BusOrderedConsumer : public Broker {
  protected:
    void SetUp() override {
        Broker::SetUp();
        Connect();
        incarnation = MakeStream("S", "s.>").created;
    }

    void Put(const std::string& subject, const std::string& payload) {
        const auto ack = runner.Run(Publish(connection, subject, payload, {}, Soon()));
        ASSERT_TRUE(ack.ok()) << ack.status();
    }
    void Put(int from, int to) {
        for (int i = from; i < to; ++i) Put("s.a", std::to_string(i));
    }

    void Read(StartAt start, const std::string& filter = "s.>") {
        OrderedConsumerConfig config;
        config.stream = "S";
        config.filter = filter;
        config.start = start;
        config.heartbeat = milliseconds(200);
        consumer.reset();
        consumer.emplace(connection, config, Handlers());
    }
    OrderedHandlers Handlers() {
        OrderedHandlers handlers;
        handlers.on_messages = [this](std::span<StreamMessage> burst) {
            for (const StreamMessage& message : burst) {
                payloads.emplace_back(message.payload());
                sequences.push_back(message.stream_sequence);
            }
        };
        handlers.on_hole = [this](const Hole& hole) { holes.push_back(hole); };
        handlers.on_caught_up = [this] { caught_up_at = payloads.size(); };
        return handlers;
    }
    bool Active() {
        return Reached([this] { return consumer->active(); });
    }
    bool Got(size_t count) {
        return Reached([this, count] { return payloads.size() >= count; });
    }

    Nanos incarnation = 0;
    std::vector<std::string> payloads;
    std::vector<uint64_t> sequences;
    std::vector<Hole> holes;
    std::optional<size_t> caught_up_at;
    std::optional<OrderedConsumer> consumer;
};

TEST_F(BusOrderedConsumer, ReadsWhatComesFromNowOn) {
    Put(0, 3);
    Read(StartAt::New());
    ASSERT_TRUE(Active());
    EXPECT_EQ(caught_up_at, 0u);
    EXPECT_EQ(consumer->incarnation(), incarnation);
    Put(3, 5);
    ASSERT_TRUE(Got(2));
    EXPECT_EQ(payloads, (std::vector<std::string>{"3", "4"}));
    EXPECT_EQ(sequences, (std::vector<uint64_t>{4, 5}));
    EXPECT_EQ(consumer->last_sequence(), 5u);
}

TEST_F(BusOrderedConsumer, ReadsFromTheBeginningAndFromASequence) {
    Put(0, 5);
    Read(StartAt::All());
    ASSERT_TRUE(Got(5));
    ASSERT_TRUE(Reached([&] { return caught_up_at.has_value(); }));
    EXPECT_EQ(caught_up_at, 5u);
    payloads.clear();
    Read(StartAt::Sequence(4));
    ASSERT_TRUE(Got(2));
    EXPECT_EQ(payloads, (std::vector<std::string>{"3", "4"}));
    EXPECT_TRUE(holes.empty());
}

TEST_F(BusOrderedConsumer, ReadsTheNewestOfEverySubject) {
    for (const char* subject : {"s.a", "s.b", "s.a", "s.c", "s.b"}) Put(subject, subject);
    Read(StartAt::LastPerSubject());
    ASSERT_TRUE(Got(3));
    EXPECT_EQ(sequences, (std::vector<uint64_t>{3, 4, 5}));
    Put("s.a", "new");
    ASSERT_TRUE(Got(4));
    EXPECT_EQ(payloads.back(), "new");
    EXPECT_TRUE(holes.empty());
}

TEST_F(BusOrderedConsumer, FiltersSubjects) {
    Read(StartAt::New(), "s.*.trade");
    ASSERT_TRUE(Active());
    Put("s.x.trade", "1");
    Put("s.x.bbo", "2");
    Put("s.y.trade", "3");
    ASSERT_TRUE(Got(2));
    EXPECT_EQ(sequences, (std::vector<uint64_t>{1, 3}));
}

TEST_F(BusOrderedConsumer, ReadsManyWithFlowControl) {
    constexpr uint64_t kCount = 50000;
    const std::string body(1000, 'x');
    uint64_t acknowledged = 0;
    AsyncPublisher publisher(connection, {}, [&](uint64_t, const Result<PublishAck>& result) {
        if (result.ok()) ++acknowledged;
    });
    uint64_t next = 0;
    ASSERT_TRUE(Reached([&] {
        while (next < kCount && publisher.Publish("s.a", body, next).ok()) ++next;
        return acknowledged == kCount;
    }));
    Read(StartAt::All());
    ASSERT_TRUE(Got(kCount));
    for (uint64_t i = 0; i < kCount; ++i) ASSERT_EQ(sequences[i], i + 1);
    EXPECT_EQ(consumer->resets(), 0u);
    EXPECT_EQ(caught_up_at, kCount);
}

TEST_F(BusOrderedConsumer, GoesOnWithoutHoleOrDoubleAfterTheBrokerWasKilled) {
    Read(StartAt::New());
    ASSERT_TRUE(Active());
    Put(0, 10);
    ASSERT_TRUE(Got(10));
    server.Kill();
    ASSERT_TRUE(Reached([&] { return !connection.state().connected; }));
    EXPECT_FALSE(consumer->active());
    ASSERT_EQ(server.Start(), OkStatus());
    ASSERT_TRUE(Reached([&] { return connection.state().connected; }));
    Put(10, 20);
    ASSERT_TRUE(Got(20));
    for (uint64_t i = 0; i < 20; ++i) ASSERT_EQ(sequences[i], i + 1);
    EXPECT_GE(consumer->resets(), 1u);
    EXPECT_TRUE(holes.empty());
}

TEST_F(BusOrderedConsumer, DoesNotForgetItsPlaceBeforeTheFirstMessage) {
    Put(0, 3);
    Read(StartAt::New());
    ASSERT_TRUE(Active());
    server.Kill();
    ASSERT_TRUE(Reached([&] { return !connection.state().connected; }));
    ASSERT_EQ(server.Start(), OkStatus());
    ASSERT_TRUE(Reached([&] { return connection.state().connected; }));
    Put(3, 4);
    ASSERT_TRUE(Got(1));
    EXPECT_EQ(sequences, std::vector<uint64_t>{4});
}

TEST_F(BusOrderedConsumer, IsMadeAgainWhenTheBrokerForgotIt) {
    Read(StartAt::New());
    ASSERT_TRUE(Active());
    Put(0, 1);
    ASSERT_TRUE(Got(1));
    // Another client removes every consumer of the stream.
    const auto list = runner.Run(connection.Request("$JS.API.CONSUMER.NAMES.S", "", {}, Soon()));
    ASSERT_TRUE(list.ok());
    const std::string names(list->payload());
    const size_t at = names.find("\"consumers\":[\"") + 14;
    const std::string name = names.substr(at, names.find('"', at) - at);
    ASSERT_EQ(runner.Run(DeleteConsumer(connection, "S", name, Soon())), OkStatus());
    Put(1, 2);
    ASSERT_TRUE(Got(2));
    EXPECT_EQ(consumer->resets(), 1u);
    EXPECT_EQ(sequences, (std::vector<uint64_t>{1, 2}));
}

TEST_F(BusOrderedConsumer, ReportsWhatWasPurgedBeforeItWasRead) {
    Put(0, 10);
    ASSERT_TRUE(runner.Run(PurgeUpTo(connection, "S", 6, Soon())).ok());
    Read(StartAt::Sequence(3));
    ASSERT_TRUE(Got(4));
    EXPECT_EQ(sequences.front(), 7u);
    ASSERT_EQ(holes.size(), 1u);
    EXPECT_EQ(holes[0].kind, Hole::Kind::kPurged);
    EXPECT_EQ(holes[0].first, 3u);
    EXPECT_EQ(holes[0].last, 6u);
}

TEST_F(BusOrderedConsumer, ReportsANewIncarnationOfTheStream) {
    Read(StartAt::New());
    ASSERT_TRUE(Active());
    Put(0, 3);
    ASSERT_TRUE(Got(3));
    ASSERT_EQ(runner.Run(DeleteStream(connection, "S", Soon())), OkStatus());
    ASSERT_TRUE(Reached([&] { return !consumer->active(); }));
    MakeStream("S", "s.>");
    Put(10, 12);
    ASSERT_TRUE(Got(5));
    EXPECT_EQ(payloads.back(), "11");
    EXPECT_EQ(sequences.back(), 2u);
    ASSERT_EQ(holes.size(), 1u);
    EXPECT_EQ(holes[0].kind, Hole::Kind::kNewIncarnation);
    EXPECT_NE(consumer->incarnation(), incarnation);
}

TEST_F(BusOrderedConsumer, ReportsAPositionBeyondTheEnd) {
    Put(0, 3);
    Read(StartAt::Sequence(10));
    ASSERT_TRUE(Reached([&] { return !holes.empty(); }));
    EXPECT_EQ(holes[0].kind, Hole::Kind::kTruncated);
    EXPECT_EQ(holes[0].first, 4u);
    EXPECT_EQ(holes[0].last, 9u);
    ASSERT_TRUE(Active());
    Put(3, 4);
    ASSERT_TRUE(Got(1));
    EXPECT_EQ(sequences.front(), 4u);
}

TEST_F(BusOrderedConsumer, WaitsForItsStream) {
    OrderedConsumerConfig config;
    config.stream = "LATER";
    consumer.emplace(connection, config, Handlers());
    ASSERT_TRUE(Reached([&] { return absl::IsNotFound(consumer->last_error()); }));
    MakeStream("LATER", "later.>");
    ASSERT_TRUE(Active());
}

TEST_F(BusOrderedConsumer, MayBeDestroyedByItsHandler) {
    OrderedConsumerConfig config;
    config.stream = "S";
    config.start = StartAt::All();
    OrderedHandlers handlers;
    bool called = false;
    handlers.on_messages = [&](std::span<StreamMessage>) {
        called = true;
        consumer.reset();
    };
    Put(0, 3);
    consumer.emplace(connection, config, handlers);
    EXPECT_TRUE(Reached([&] { return called; }));
    EXPECT_FALSE(consumer.has_value());
    EXPECT_EQ(runner.Run(connection.Flush(Soon())), OkStatus());
}

// As in a process that ends by a failure: coroutines die with their io_context, behind the rest.
TEST_F(BusOrderedConsumer, MayOutliveItsConnection) {
    auto other = std::make_unique<Connection>(runner.executor(), Config());
    Connect(*other);
    OrderedConsumerConfig config;
    config.stream = "S";
    consumer.emplace(*other, config, Handlers());
    ASSERT_TRUE(Active());
    other.reset();
    consumer.reset();
}

}  // namespace
}  // namespace mp::bus
