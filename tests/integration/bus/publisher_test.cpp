#include "bus/publisher.hpp"

#include <map>
#include <set>
#include <vector>

#include "broker.hpp"
#include "bus/topology.hpp"

namespace mp::bus {
namespace {

// Keeps what a publisher reported.
struct Outcomes {
    std::vector<uint64_t> tags;  // in the order of the reports
    std::map<uint64_t, Status> statuses;
    std::map<uint64_t, uint64_t> sequences;
    size_t failed = 0;

    AsyncPublisher::Handler Handler() {
        return [this](uint64_t tag, const Result<PublishAck>& result) {
            EXPECT_FALSE(statuses.contains(tag)) << "reported twice: " << tag;
            tags.push_back(tag);
            statuses[tag] = result.status();
            if (result.ok()) sequences[tag] = result->sequence;
            if (!result.ok()) ++failed;
        };
    }
};

class BusPublisher : public Broker {
  protected:
    void SetUp() override {
        Broker::SetUp();
        Connect();
    }
    StreamInfo Info(const std::string& stream) {
        auto info = runner.Run(GetStreamInfo(connection, stream, Soon()));
        EXPECT_TRUE(info.ok()) << info.status();
        return info.value_or(StreamInfo());
    }

    Outcomes outcomes;
};

TEST_F(BusPublisher, AcknowledgesEveryMessageInOrder) {
    MakeStream("S", "s.>");
    AsyncPublisher publisher(connection, {.max_in_flight = 100}, outcomes.Handler());
    constexpr uint64_t kCount = 5000;
    uint64_t next = 0;
    const auto fill = [&] {
        while (next < kCount && publisher.Publish("s.a", std::to_string(next), next).ok()) ++next;
        return outcomes.tags.size() == kCount;
    };
    ASSERT_TRUE(Reached(fill));
    for (uint64_t i = 0; i < kCount; ++i) {
        ASSERT_EQ(outcomes.tags[i], i);
        ASSERT_EQ(outcomes.sequences[i], i + 1);
    }
    EXPECT_EQ(publisher.in_flight(), 0u);
    EXPECT_EQ(Info("S").messages, kCount);
}

TEST_F(BusPublisher, BoundsItsWindow) {
    MakeStream("S", "s.>");
    AsyncPublisher publisher(
        connection, {.max_in_flight = 10, .max_in_flight_bytes = 5000}, outcomes.Handler()
    );
    for (uint64_t i = 0; i < 10; ++i) ASSERT_EQ(publisher.Publish("s.a", "x", i), OkStatus());
    EXPECT_TRUE(absl::IsResourceExhausted(publisher.Publish("s.a", "x", 10)));
    EXPECT_EQ(runner.Run(publisher.Flush(Soon())), OkStatus());
    ASSERT_EQ(publisher.Publish("s.a", std::string(4000, 'x'), 11), OkStatus());
    EXPECT_TRUE(absl::IsResourceExhausted(publisher.Publish("s.a", std::string(2000, 'x'), 12)));
    EXPECT_EQ(runner.Run(publisher.Flush(Soon())), OkStatus());
    // One that is larger than the window goes alone.
    EXPECT_EQ(publisher.Publish("s.a", std::string(10000, 'x'), 13), OkStatus());
    EXPECT_EQ(runner.Run(publisher.Flush(Soon())), OkStatus());
    EXPECT_EQ(outcomes.tags.size(), 12u);
    EXPECT_EQ(outcomes.failed, 0u);
}

TEST_F(BusPublisher, TellsAFullStreamFromAMissingOne) {
    StreamConfig small;
    small.name = "SMALL";
    small.subjects = {"small.>"};
    small.discard = Discard::kNew;
    small.max_messages = 3;
    MakeStream(small);
    AsyncPublisher publisher(connection, {}, outcomes.Handler());
    for (uint64_t i = 0; i < 5; ++i) ASSERT_EQ(publisher.Publish("small.a", "x", i), OkStatus());
    ASSERT_EQ(publisher.Publish("missing.a", "x", 5), OkStatus());
    EXPECT_EQ(runner.Run(publisher.Flush(Soon())), OkStatus());
    for (uint64_t i = 0; i < 3; ++i) EXPECT_EQ(outcomes.statuses[i], OkStatus());
    EXPECT_TRUE(absl::IsResourceExhausted(outcomes.statuses[3])) << outcomes.statuses[3];
    EXPECT_TRUE(absl::IsResourceExhausted(outcomes.statuses[4])) << outcomes.statuses[4];
    EXPECT_TRUE(absl::IsNotFound(outcomes.statuses[5])) << outcomes.statuses[5];

    // Room again: the same message goes through.
    ASSERT_TRUE(runner.Run(PurgeUpTo(connection, "SMALL", 2, Soon())).ok());
    ASSERT_EQ(publisher.Publish("small.a", "x", 6), OkStatus());
    EXPECT_EQ(runner.Run(publisher.Flush(Soon())), OkStatus());
    EXPECT_EQ(outcomes.statuses[6], OkStatus());
}

TEST_F(BusPublisher, TellsAStreamThatIsFullByBytes) {
    StreamConfig small;
    small.name = "SMALL";
    small.subjects = {"small.>"};
    small.discard = Discard::kNew;
    small.max_bytes = 1000;
    MakeStream(small);
    const auto kept = runner.Run(Publish(connection, "small.a", std::string(500, 'x'), {}, Soon()));
    EXPECT_TRUE(kept.ok()) << kept.status();
    const auto full = runner.Run(Publish(connection, "small.a", std::string(600, 'x'), {}, Soon()));
    EXPECT_TRUE(absl::IsResourceExhausted(full.status())) << full.status();
}

TEST_F(BusPublisher, RefusesWhatTheBrokerCannotTake) {
    MakeStream("S", "s.>");
    AsyncPublisher publisher(connection, {}, outcomes.Handler());
    const std::string huge((8 << 20) + 1, 'x');
    EXPECT_TRUE(absl::IsInvalidArgument(publisher.Publish("s.a", huge, 1)));
    EXPECT_EQ(publisher.in_flight(), 0u);
}

TEST_F(BusPublisher, DropsRepeatsOfAMessageId) {
    MakeStream("S", "s.>");
    const Headers id{{kMessageIdHeader, "same"}};
    const auto first = runner.Run(Publish(connection, "s.a", "x", id, Soon()));
    const auto second = runner.Run(Publish(connection, "s.a", "x", id, Soon()));
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_FALSE(first->duplicate);
    EXPECT_TRUE(second->duplicate);
    EXPECT_EQ(first->sequence, second->sequence);
}

TEST_F(BusPublisher, TimesOutWhenTheBrokerIsSilent) {
    MakeStream("S", "s.>");
    AsyncPublisher publisher(connection, {.ack_timeout = milliseconds(100)}, outcomes.Handler());
    server.Freeze();
    for (uint64_t i = 0; i < 5; ++i) ASSERT_EQ(publisher.Publish("s.a", "x", i), OkStatus());
    EXPECT_TRUE(Reached([&] { return outcomes.tags.size() == 5; }));
    for (uint64_t i = 0; i < 5; ++i) {
        EXPECT_TRUE(absl::IsDeadlineExceeded(outcomes.statuses[i])) << outcomes.statuses[i];
    }
    EXPECT_EQ(publisher.in_flight(), 0u);
    server.Thaw();
    // Late acks of the old ones do no harm.
    ASSERT_EQ(publisher.Publish("s.a", "x", 5), OkStatus());
    EXPECT_EQ(runner.Run(publisher.Flush(Soon())), OkStatus());
    EXPECT_EQ(outcomes.tags.size(), 6u);
}

TEST_F(BusPublisher, LosesNothingWhenTheBrokerIsKilledAndStartedAgain) {
    MakeStream("S", "s.>");
    std::set<uint64_t> waiting;  // not acknowledged: to be published (again)
    constexpr uint64_t kCount = 20000;
    for (uint64_t i = 0; i < kCount; ++i) waiting.insert(i);
    std::set<uint64_t> sent;
    size_t failures = 0;
    AsyncPublisher publisher(
        connection,
        {.max_in_flight = 500},
        [&](uint64_t tag, const Result<PublishAck>& result) {
            EXPECT_EQ(sent.erase(tag), 1u);
            if (!result.ok()) ++failures;
            if (!result.ok()) waiting.insert(tag);
        }
    );
    const auto pump = [&] {
        while (!waiting.empty()) {
            const uint64_t tag = *waiting.begin();
            if (!publisher.Publish("s.a", std::to_string(tag), tag).ok()) break;
            waiting.erase(tag);
            sent.insert(tag);
        }
        return waiting.empty() && sent.empty();
    };
    ASSERT_TRUE(Reached([&] { return pump() || waiting.size() < kCount / 2; }));
    server.Kill();
    ASSERT_TRUE(Reached([&] { return pump() || !connection.state().connected; }));
    EXPECT_EQ(publisher.in_flight(), 0u);
    EXPECT_GT(failures, 0u);
    EXPECT_FALSE(waiting.empty());
    ASSERT_EQ(server.Start(), OkStatus());
    ASSERT_TRUE(Reached(pump, seconds(30)));
    EXPECT_GE(Info("S").messages, kCount);
}

TEST_F(BusPublisher, MayBeDestroyedByItsHandler) {
    MakeStream("S", "s.>");
    std::unique_ptr<AsyncPublisher> publisher;
    bool called = false;
    publisher = std::make_unique<AsyncPublisher>(
        connection,
        AsyncPublisher::Config(),
        [&](uint64_t, const Result<PublishAck>&) {
            called = true;
            publisher.reset();
        }
    );
    ASSERT_EQ(publisher->Publish("s.a", "x", 1), OkStatus());
    ASSERT_EQ(publisher->Publish("s.a", "x", 2), OkStatus());
    EXPECT_TRUE(Reached([&] { return called; }));
    EXPECT_EQ(publisher, nullptr);
}

}  // namespace
}  // namespace mp::bus
