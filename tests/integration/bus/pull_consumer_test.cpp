#include "bus/pull_consumer.hpp"

#include "broker.hpp"
#include "bus/publisher.hpp"

namespace mp::bus {
namespace {

class BusPullConsumer : public Broker {
  protected:
    void SetUp() override {
        Broker::SetUp();
        Connect();
        StreamConfig config;
        config.name = "WORK";
        config.subjects = {"work.>"};
        config.retention = Retention::kWorkQueue;
        MakeStream(config);
    }
    ConsumerConfig Worker() const {
        ConsumerConfig config;
        config.stream = "WORK";
        config.durable = "worker";
        config.filter = "work.a";
        config.ack_wait = milliseconds(500);
        return config;
    }
    void Put(const std::string& payload) {
        const auto ack = runner.Run(Publish(connection, "work.a", payload, {}, Soon()));
        ASSERT_TRUE(ack.ok()) << ack.status();
    }
    std::vector<StreamMessage> Fetch(PullConsumer& consumer, size_t max, milliseconds wait) {
        auto messages = runner.Run(consumer.Fetch(max, wait));
        EXPECT_TRUE(messages.ok()) << messages.status();
        return messages.ok() ? *std::move(messages) : std::vector<StreamMessage>();
    }
};

TEST_F(BusPullConsumer, GetsWhatIsThereAndWaitsForWhatComes) {
    PullConsumer consumer(connection, Worker());
    EXPECT_TRUE(Fetch(consumer, 10, milliseconds(0)).empty());
    EXPECT_TRUE(Fetch(consumer, 10, milliseconds(50)).empty());
    Put("1");
    Put("2");
    Put("3");
    auto messages = Fetch(consumer, 2, milliseconds(0));
    ASSERT_EQ(messages.size(), 2u);
    EXPECT_EQ(messages[0].payload(), "1");
    EXPECT_EQ(messages[0].subject(), "work.a");
    EXPECT_EQ(messages[0].stream_sequence, 1u);
    EXPECT_EQ(messages[0].deliveries, 1u);
    EXPECT_EQ(messages[1].pending, 1u);
    EXPECT_GT(messages[0].stored, 0);
    EXPECT_EQ(Fetch(consumer, 10, milliseconds(0)).size(), 1u);

    bool published = false;
    runner.Start([](Connection& which, bool& done) -> runtime::Task<> {
        for (bool waiting = false; !waiting;) {
            const auto info = co_await GetConsumerInfo(which, "WORK", "worker", Soon());
            waiting = !info.ok() || info->waiting > 0;
        }
        done = (co_await Publish(which, "work.a", "4", {}, Soon())).ok();
    }(connection, published));
    messages = Fetch(consumer, 10, seconds(10));
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].payload(), "4");
    EXPECT_TRUE(Reached([&] { return published; }));
}

TEST_F(BusPullConsumer, KeepsTheBooksOfTheBroker) {
    PullConsumer consumer(connection, Worker());
    for (int i = 0; i < 5; ++i) Put(std::to_string(i));
    const auto messages = Fetch(consumer, 5, milliseconds(0));
    ASSERT_EQ(messages.size(), 5u);
    EXPECT_EQ(Ack(connection, messages[0]), OkStatus());
    EXPECT_EQ(Term(connection, messages[1]), OkStatus());
    EXPECT_EQ(runner.Run(AckAndWait(connection, messages[2], Soon())), OkStatus());
    auto info = runner.Run(GetConsumerInfo(connection, "WORK", "worker", Soon()));
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_EQ(info->ack_floor, 3u);
    EXPECT_EQ(info->delivered, 5u);
    EXPECT_EQ(info->unacked, 2u);
    EXPECT_EQ(info->pending, 0u);
    // A work queue keeps only what is not acknowledged.
    const auto stream = runner.Run(GetStreamInfo(connection, "WORK", Soon()));
    EXPECT_EQ(stream->messages, 2u);
}

TEST_F(BusPullConsumer, DeliversAgainWhatWasRefusedOrForgotten) {
    PullConsumer consumer(connection, Worker());
    Put("refused");
    Put("forgotten");
    auto messages = Fetch(consumer, 2, milliseconds(0));
    ASSERT_EQ(messages.size(), 2u);
    EXPECT_EQ(Nak(connection, messages[0], milliseconds(100)), OkStatus());
    messages = Fetch(consumer, 2, seconds(5));
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].payload(), "refused");
    EXPECT_EQ(messages[0].deliveries, 2u);
    EXPECT_EQ(Ack(connection, messages[0]), OkStatus());
    messages = Fetch(consumer, 2, seconds(5));
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].payload(), "forgotten");
    EXPECT_EQ(messages[0].deliveries, 2u);
}

TEST_F(BusPullConsumer, KeepsAMessageWhileWorkGoesOn) {
    PullConsumer consumer(connection, Worker());
    Put("long");
    const auto messages = Fetch(consumer, 1, milliseconds(0));
    ASSERT_EQ(messages.size(), 1u);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(InProgress(connection, messages[0]), OkStatus());
        EXPECT_TRUE(Fetch(consumer, 1, milliseconds(200)).empty());
    }
    EXPECT_EQ(Fetch(consumer, 1, seconds(5)).size(), 1u);
}

TEST_F(BusPullConsumer, MakesItsConsumerAgainWhenItIsGone) {
    PullConsumer consumer(connection, Worker());
    EXPECT_TRUE(Fetch(consumer, 1, milliseconds(0)).empty());
    ASSERT_EQ(runner.Run(DeleteConsumer(connection, "WORK", "worker", Soon())), OkStatus());
    Put("x");
    const auto failed = runner.Run(consumer.Fetch(1, milliseconds(0)));
    EXPECT_FALSE(failed.ok());
    EXPECT_EQ(Fetch(consumer, 1, milliseconds(0)).size(), 1u);
}

TEST_F(BusPullConsumer, GoesOnAfterTheBrokerWasKilled) {
    PullConsumer consumer(connection, Worker());
    Put("x");
    bool failed = false;
    ASSERT_EQ(Fetch(consumer, 1, milliseconds(0)).size(), 1u);
    runner.Start([](PullConsumer& which, bool& done) -> runtime::Task<> {
        done = absl::IsUnavailable((co_await which.Fetch(1, seconds(60))).status());
    }(consumer, failed));
    server.Kill();
    EXPECT_TRUE(Reached([&] { return failed; }));
    ASSERT_EQ(server.Start(), OkStatus());
    ASSERT_TRUE(Reached([&] { return connection.state().connected; }));
    // Delivered before the kill, never acknowledged.
    const auto messages = Fetch(consumer, 1, seconds(10));
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].payload(), "x");
}

}  // namespace
}  // namespace mp::bus
