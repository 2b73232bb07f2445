#include "bus/stream.hpp"

#include "broker.hpp"
#include "bus/publisher.hpp"
#include "bus/topology.hpp"

namespace mp::bus {
namespace {

class BusStream : public Broker {
  protected:
    void SetUp() override {
        Broker::SetUp();
        Connect();
    }
    Result<StreamInfo> Ensure(StreamConfig config) {
        return runner.Run(EnsureStream(connection, std::move(config), Soon()));
    }
    void Fill(const std::string& subject, int count) {
        for (int i = 0; i < count; ++i) {
            const auto ack = runner.Run(Publish(connection, subject, "x", {}, Soon()));
            ASSERT_TRUE(ack.ok()) << ack.status();
        }
    }
};

TEST_F(BusStream, IsCreatedOnceAndDescribesItself) {
    const StreamConfig wanted = MarketDataStream(1 << 30, 1, 8);
    const auto created = Ensure(wanted);
    ASSERT_TRUE(created.ok()) << created.status();
    EXPECT_EQ(created->config.retention, Retention::kLimits);
    EXPECT_EQ(created->config.discard, Discard::kNew);
    EXPECT_EQ(created->config.storage, Storage::kFile);
    EXPECT_EQ(created->config.max_age.count(), 0);
    EXPECT_EQ(created->config.max_bytes, 1 << 30);
    EXPECT_EQ(ShardsOf(*created).value_or(0), 8u);
    EXPECT_GT(created->created, 0);
    EXPECT_EQ(created->first_sequence, 1u);
    EXPECT_EQ(created->last_sequence, 0u);

    const auto again = Ensure(wanted);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->created, created->created);
}

TEST_F(BusStream, TakesNewLimits) {
    ASSERT_TRUE(Ensure(MarketDataStream(1 << 20, 1, 8)).ok());
    const auto changed = Ensure(MarketDataStream(1 << 21, 1, 8));
    ASSERT_TRUE(changed.ok()) << changed.status();
    EXPECT_EQ(changed->config.max_bytes, 1 << 21);
}

TEST_F(BusStream, RefusesSettingsThatCannotChange) {
    ASSERT_TRUE(Ensure(MarketDataStream(1 << 20, 1, 8)).ok());
    const auto shards = Ensure(MarketDataStream(1 << 20, 1, 16));
    EXPECT_TRUE(absl::IsFailedPrecondition(shards.status())) << shards.status();
    EXPECT_NE(shards.status().ToString().find("shards (8, wanted 16)"), std::string::npos);

    StreamConfig queue = MarketDataStream(1 << 20, 1, 8);
    queue.retention = Retention::kWorkQueue;
    const auto retention = Ensure(queue);
    EXPECT_TRUE(absl::IsFailedPrecondition(retention.status())) << retention.status();
}

TEST_F(BusStream, HasEveryNamedShape) {
    for (const StreamConfig& wanted :
         {MarketDataStream(-1, 1, 8), DeadLetterStream(1 << 26, 1), TasksStream(10000, 1)}) {
        const auto made = Ensure(wanted);
        EXPECT_TRUE(made.ok()) << made.status();
        EXPECT_TRUE(Ensure(wanted).ok());
    }
}

TEST_F(BusStream, PurgesUpToASequence) {
    MakeStream("S", "s.>");
    Fill("s.a", 10);
    EXPECT_EQ(runner.Run(PurgeUpTo(connection, "S", 4, Soon())).value_or(0), 4u);
    auto info = runner.Run(GetStreamInfo(connection, "S", Soon()));
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info->first_sequence, 5u);
    EXPECT_EQ(info->messages, 6u);
    EXPECT_EQ(runner.Run(PurgeUpTo(connection, "S", 4, Soon())).value_or(9), 0u);

    EXPECT_EQ(runner.Run(PurgeUpTo(connection, "S", 10, Soon())).value_or(0), 6u);
    info = runner.Run(GetStreamInfo(connection, "S", Soon()));
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info->first_sequence, 11u);
    EXPECT_EQ(info->last_sequence, 10u);
}

TEST_F(BusStream, RemovesAMessageOnce) {
    MakeStream("S", "s.>");
    Fill("s.a", 3);
    for (int time = 0; time < 2; ++time) {
        EXPECT_EQ(runner.Run(DeleteStoredMessage(connection, "S", 2, Soon())), OkStatus());
        const auto gone = runner.Run(GetStoredMessage(connection, "S", 2, Soon()));
        EXPECT_TRUE(absl::IsNotFound(gone.status())) << gone.status();
    }
    EXPECT_EQ(runner.Run(DeleteStoredMessage(connection, "S", 99, Soon())), OkStatus());
    EXPECT_TRUE(runner.Run(GetStoredMessage(connection, "S", 3, Soon())).ok());
}

TEST_F(BusStream, HasANewIncarnationWhenMadeAgain) {
    const StreamInfo first = MakeStream("S", "s.>");
    EXPECT_EQ(runner.Run(DeleteStream(connection, "S", Soon())), OkStatus());
    EXPECT_EQ(runner.Run(DeleteStream(connection, "S", Soon())), OkStatus());
    const auto gone = runner.Run(GetStreamInfo(connection, "S", Soon()));
    EXPECT_TRUE(absl::IsNotFound(gone.status())) << gone.status();
    EXPECT_NE(MakeStream("S", "s.>").created, first.created);
}

TEST(BusTopology, NamesFilters) {
    EXPECT_EQ(MarketDataFilter("binance", "", "trade"), "md.binance.*.trade.*");
}

}  // namespace
}  // namespace mp::bus
