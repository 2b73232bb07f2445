#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "broker.hpp"
#include "bus/publisher.hpp"
#include "bus/pull_consumer.hpp"
#include "testing/eventually.hpp"

namespace mp::bus {
namespace {

// What a reader's thread saw.
class Seen {
  public:
    void Add(std::span<StreamMessage> batch) {
        const std::lock_guard lock(mutex_);
        ++batches_;
        largest_ = std::max(largest_, batch.size());
        for (const StreamMessage& message : batch) ++payloads_[std::string(message.payload())];
    }
    size_t distinct() const {
        const std::lock_guard lock(mutex_);
        return payloads_.size();
    }
    size_t batches() const {
        const std::lock_guard lock(mutex_);
        return batches_;
    }
    size_t largest() const {
        const std::lock_guard lock(mutex_);
        return largest_;
    }

  private:
    mutable std::mutex mutex_;
    std::map<std::string, int> payloads_;
    size_t batches_ = 0;
    size_t largest_ = 0;
};

class BusStreamPuller : public Broker {
  protected:
    void SetUp() override {
        Broker::SetUp();
        Connect();
        MakeStream("S", "s.>");
    }

    // Of a consumer that is there, on the connection as it is now.
    PullerConfig Config(std::chrono::nanoseconds ack_wait = seconds(30)) {
        PullerConfig config;
        config.stream = "S";
        config.durable = "storage";
        config.epoch = connection.epoch();
        ConsumerConfig consumer;
        consumer.stream = config.stream;
        consumer.durable = config.durable;
        consumer.ack_wait = ack_wait;
        const auto made = runner.Run(EnsureConsumer(connection, consumer, Soon()));
        EXPECT_TRUE(made.ok()) << made.status();
        return config;
    }

    void Start(PullerConfig config, StreamPuller::Handler handler) {
        puller.emplace(connection, std::move(config), std::move(handler), [this](const Status&) {
            ++errors;
        });
        ended = false;
        asio::co_spawn(
            runner.executor(),
            puller->Run(),
            asio::bind_cancellation_slot(
                stop.slot(),
                [this](std::exception_ptr, const Status& status) {
                    end = status;
                    ended = true;
                }
            )
        );
    }
    void Stop() {
        stop.emit(asio::cancellation_type::all);
        ASSERT_TRUE(Reached([this] { return ended; }));
        puller.reset();
    }

    // Publishes until all numbers below `count` are acknowledged, whatever happens to the broker.
    bool Publish(uint64_t count) {
        if (!publisher) {
            publisher.emplace(
                connection,
                AsyncPublisher::Config{.max_in_flight = 500},
                [this](uint64_t tag, const Result<PublishAck>& result) {
                    if (result.ok()) ++acknowledged;
                    if (!result.ok()) again.push_back(tag);
                }
            );
        }
        while (!again.empty() && Send(again.back())) again.pop_back();
        while (published < count && Send(published)) ++published;
        return acknowledged == count;
    }
    bool Send(uint64_t number) {
        return publisher->Publish("s.a", std::to_string(number), number).ok();
    }

    ConsumerInfo Info() {
        auto info = runner.Run(GetConsumerInfo(connection, "S", "storage", Soon()));
        EXPECT_TRUE(info.ok()) << info.status();
        return info.value_or(ConsumerInfo());
    }

    Seen seen;
    std::optional<StreamPuller> puller;
    asio::cancellation_signal stop;
    bool ended = true;
    Status end;
    std::atomic<int> errors = 0;
    std::optional<AsyncPublisher> publisher;
    uint64_t published = 0;
    uint64_t acknowledged = 0;
    std::vector<uint64_t> again;
};

TEST_F(BusStreamPuller, HandsOverBatchesAndAcknowledgesThem) {
    Start(Config(), [this](std::span<StreamMessage> batch) {
        seen.Add(batch);
        return OkStatus();
    });
    constexpr uint64_t kCount = 20000;
    ASSERT_TRUE(Reached([&] { return Publish(kCount) && seen.distinct() == kCount; }));
    EXPECT_LE(seen.largest(), 256u);
    EXPECT_LT(seen.batches(), kCount / 8);
    EXPECT_TRUE(Reached([&] { return puller->counters().acked == kCount; }));
    Stop();
    EXPECT_EQ(Info().ack_floor, kCount);
    EXPECT_EQ(errors, 0);
}

TEST_F(BusStreamPuller, HandsOverASingleMessageSoon) {
    Start(Config(), [this](std::span<StreamMessage> batch) {
        seen.Add(batch);
        return OkStatus();
    });
    ASSERT_TRUE(Reached([&] { return Publish(1) && seen.distinct() == 1; }));
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(Reached([&] { return Publish(2) && seen.distinct() == 2; }));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(500));
    Stop();
}

TEST_F(BusStreamPuller, CutsBatchesByBytes) {
    PullerConfig config = Config();
    config.max_batch_bytes = 10;
    Start(config, [this](std::span<StreamMessage> batch) {
        seen.Add(batch);
        return OkStatus();
    });
    ASSERT_TRUE(Reached([&] { return Publish(100) && seen.distinct() == 100; }));
    EXPECT_LE(seen.largest(), 10u);
    Stop();
}

TEST_F(BusStreamPuller, GetsARefusedBatchAgain) {
    PullerConfig config = Config();
    config.retry_delay = milliseconds(50);
    std::atomic<int> refusals = 3;
    Start(config, [&](std::span<StreamMessage> batch) -> Status {
        if (refusals-- > 0) return absl::UnavailableError("disk is full");
        seen.Add(batch);
        return OkStatus();
    });
    ASSERT_TRUE(Reached([&] { return Publish(10) && seen.distinct() == 10; }));
    EXPECT_GE(errors, 1);
    EXPECT_GT(puller->counters().redelivered, 0u);
    Stop();
    EXPECT_EQ(Info().ack_floor, 10u);
}

TEST_F(BusStreamPuller, FinishesTheBatchInWorkWhenStopped) {
    std::atomic<bool> working = false;
    std::atomic<bool> finish = false;
    Start(Config(), [&](std::span<StreamMessage> batch) {
        working = true;
        while (!finish) std::this_thread::yield();
        seen.Add(batch);
        return OkStatus();
    });
    ASSERT_TRUE(Reached([&] { return Publish(1) && working.load(); }));
    stop.emit(asio::cancellation_type::all);
    EXPECT_FALSE(Reached([this] { return ended; }, milliseconds(200)));
    finish = true;
    ASSERT_TRUE(Reached([this] { return ended; }));
    EXPECT_EQ(seen.distinct(), 1u);
    ASSERT_EQ(runner.Run(connection.Flush(Soon())), OkStatus());
    EXPECT_EQ(Info().ack_floor, 1u);
}

TEST_F(BusStreamPuller, GoesOnWhereItsPredecessorStopped) {
    const auto handler = [this](std::span<StreamMessage> batch) {
        seen.Add(batch);
        return OkStatus();
    };
    Start(Config(), handler);
    ASSERT_TRUE(Reached([&] { return Publish(100) && seen.distinct() == 100; }));
    Stop();
    Start(Config(), handler);
    ASSERT_TRUE(Reached([&] { return Publish(200) && seen.distinct() == 200; }));
    EXPECT_EQ(puller->counters().messages, 100u);
    Stop();
}

TEST_F(BusStreamPuller, EndsWhenItsConsumerIsGone) {
    Start(Config(), [this](std::span<StreamMessage> batch) {
        seen.Add(batch);
        return OkStatus();
    });
    ASSERT_TRUE(Reached([&] { return Publish(10) && seen.distinct() == 10; }));
    ASSERT_EQ(runner.Run(DeleteConsumer(connection, "S", "storage", Soon())), OkStatus());
    ASSERT_TRUE(Reached([this] { return ended; }));
    EXPECT_TRUE(absl::IsNotFound(end)) << end;
}

TEST_F(BusStreamPuller, EndsWhenTheBrokerIsKilledAndASuccessorLosesNothing) {
    const auto handler = [this](std::span<StreamMessage> batch) {
        seen.Add(batch);
        return OkStatus();
    };
    Start(Config(seconds(2)), handler);
    constexpr uint64_t kCount = 30000;
    for (const uint64_t kill_at : {kCount / 4, kCount / 2}) {
        ASSERT_TRUE(Reached([&] { return Publish(kCount) || seen.distinct() > kill_at; }));
        server.Kill();
        ASSERT_TRUE(Reached([this] { return ended; }));
        EXPECT_TRUE(absl::IsUnavailable(end)) << end;
        ASSERT_EQ(server.Start(), OkStatus());
        ASSERT_TRUE(Reached([&] { return connection.state().connected; }));
        Start(Config(seconds(2)), handler);
    }
    ASSERT_TRUE(Reached([&] { return Publish(kCount) && seen.distinct() == kCount; }, seconds(30)));
    ASSERT_TRUE(testing::Eventually([&] { return Info().unacked == 0; }));
    Stop();
}

TEST_F(BusStreamPuller, TakesNothingFromALaterConnection) {
    const PullerConfig config = Config();
    ASSERT_TRUE(Reached([&] { return Publish(10); }));
    server.Kill();
    ASSERT_TRUE(Reached([&] { return !connection.state().connected; }));
    ASSERT_EQ(server.Start(), OkStatus());
    ASSERT_TRUE(Reached([&] { return connection.state().connected; }));
    Start(config, [this](std::span<StreamMessage> batch) {
        seen.Add(batch);
        return OkStatus();
    });
    ASSERT_TRUE(Reached([this] { return ended; }));
    EXPECT_TRUE(absl::IsUnavailable(end)) << end;
    EXPECT_EQ(seen.distinct(), 0u);
    EXPECT_EQ(Info().delivered, 0u);
}

}  // namespace
}  // namespace mp::bus
