// Storage against a real broker, inside the test's process: what is published arrives in the store
// once, whatever happens to broker, stream and store in between.

#include "storage/ingest/consumption.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus/dead_letter.hpp"
#include "bus/publisher.hpp"
#include "bus/topology.hpp"
#include "runtime/all_of.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "storage/engines/rocksdb/open.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/ingest/dead_letter_relay.hpp"
#include "storage/ingest/stream_check.hpp"
#include "testing/nats_server.hpp"
#include "testing/run_task.hpp"
#include "testing/temp_dir.hpp"
#include "wire/batch.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

const model::Series kTrades = TestSeries(model::DataType::kTrade);
constexpr char kTradeSubject[] = "md.binance.spot.trade.3";
constexpr char kCoverageSubject[] = "md.binance.spot.coverage.3";

class StorageOnBroker : public ::testing::Test {
  public:
    // One storage, as main.cpp puts it together.
    struct Instance {
        Instance(
            bus::Connection& connection,
            Executor executor,
            const std::filesystem::path& path,
            StreamSettings settings
        )
            : letters(connection, {}), relay(executor, letters) {
            RocksConfig config;
            config.path = path;
            config.min_free_bytes = 0;
            engine = OpenRocksEngine(config).value();
            ingest.emplace(
                *engine,
                metrics,
                [this](std::string reason, std::string_view bytes, std::string_view subject) {
                    relay.Put(std::move(reason), bytes, subject);
                }
            );
            consumption.emplace(connection, *engine, *ingest, pool, metrics, settings);
        }

        telemetry::MetricRegistry registry;
        StorageMetrics metrics{registry};
        bus::DeadLetters letters;
        DeadLetterRelay relay;
        runtime::BlockingPool pool{"test", 1, 64};
        std::unique_ptr<Engine> engine;
        std::optional<Ingest> ingest;
        std::optional<Consumption> consumption;
    };

    StorageOnBroker() {
        EXPECT_TRUE(nats_.Start().ok()) << nats_.log();
        connection_.emplace(runner_.executor(), ComesBackAfter(20ms));
        EXPECT_TRUE(runner_.Run(connection_->Connect()).ok());
        settings_.ack_wait = 2s;
        StartStorage();
    }

    bus::ConnectionConfig ComesBackAfter(std::chrono::milliseconds delay) const {
        bus::ConnectionConfig config;
        config.url = nats_.url();
        config.name = "test";
        config.reconnect_min = delay;
        config.reconnect_max = 5 * delay;
        return config;
    }

    void StartStorage() {
        storage_.emplace(*connection_, runner_.executor(), folder_ / "store", settings_);
    }
    Engine& engine() { return *storage_->engine; }
    bus::Connection& publisher() { return publishing_ != nullptr ? *publishing_ : *connection_; }

    // Runs `body` beside the consumption, which is stopped in order afterwards.
    void Consume(Task<Status> body) {
        const Status status = runner_.Run(runtime::FirstOf(Running(), std::move(body)), 60s);
        EXPECT_TRUE(status.ok()) << status;
    }

    Task<Status> Running() {
        return runtime::AllOf(storage_->consumption->Run(), storage_->letters.Run());
    }

    // Messages in a row; each waits for its ack.
    Task<Status> Publish(std::string subject, std::string payload) {
        for (const Deadline deadline = Deadline::After(20s);;) {
            const auto ack =
                co_await bus::Publish(publisher(), subject, payload, {}, Deadline::After(2s));
            if (ack.ok() || deadline.Passed()) co_return ack.status();
            co_await runtime::Sleep(20ms);
        }
    }
    Task<Status> PublishTrades(uint64_t first, uint64_t last) {
        for (uint64_t id = first; id <= last; ++id) {
            const std::vector<TestEvent> events{TestTrade(static_cast<Nanos>(id * 10), id)};
            const std::string payload = BatchOf(events);
            MP_CO_RETURN_IF_ERROR(co_await Publish(kTradeSubject, payload));
        }
        co_return OkStatus();
    }

    template <typename Condition>
    Task<Status> Until(Condition condition) {
        for (const Deadline deadline = Deadline::After(20s); !condition();) {
            if (deadline.Passed()) co_return absl::DeadlineExceededError("it did not come about");
            co_await runtime::Sleep(5ms);
        }
        co_return OkStatus();
    }
    Task<Status> UntilStored(uint64_t trades) {
        return Until([this, trades] { return engine().Statistics()->events >= trades; });
    }
    Task<Status> UntilConsuming() {
        return Until([this] { return storage_->consumption->state().ok(); });
    }

    Task<Status> PublishAndStore(uint64_t first, uint64_t last) {
        MP_CO_RETURN_IF_ERROR(co_await UntilConsuming());
        MP_CO_RETURN_IF_ERROR(co_await PublishTrades(first, last));
        co_return co_await UntilStored(last);
    }

    testing::NatsServer nats_;
    testing::TaskRunner runner_;
    testing::TempDir folder_;
    StreamSettings settings_;
    std::optional<bus::Connection> connection_;
    bus::Connection* publishing_ = nullptr;  // whose messages they are; null: storage's own
    std::optional<Instance> storage_;
};

TEST_F(StorageOnBroker, StoresWhatIsPublishedAndAcknowledgesIt) {
    Consume([](StorageOnBroker& test) -> Task<Status> {
        MP_CO_RETURN_IF_ERROR(co_await test.PublishAndStore(1, 50));
        co_return co_await test.Until([&test] { return test.storage_->ingest->floor() == 50; });
    }(*this));
    EXPECT_EQ(Rows(engine(), kTrades).size(), 50u);
    const auto consumer = runner_.Run(
        bus::GetConsumerInfo(*connection_, bus::kMarketDataStream, "storage", Deadline::After(5s))
    );
    ASSERT_TRUE(consumer.ok()) << consumer.status();
    EXPECT_EQ(consumer->ack_floor, 50u);
}

TEST_F(StorageOnBroker, GoesOnAfterARestartOfTheBroker) {
    Consume([](StorageOnBroker& test) -> Task<Status> {
        MP_CO_RETURN_IF_ERROR(co_await test.PublishAndStore(1, 20));
        test.nats_.Kill();
        EXPECT_TRUE(test.nats_.Start().ok());
        MP_CO_RETURN_IF_ERROR(co_await test.PublishTrades(21, 40));
        co_return co_await test.UntilStored(40);
    }(*this));
    EXPECT_EQ(Rows(engine(), kTrades).size(), 40u);
}

TEST_F(StorageOnBroker, ARestartedStorageGoesOnWhereItWas) {
    Consume(PublishAndStore(1, 20));
    storage_.reset();
    ASSERT_TRUE(runner_.Run(PublishTrades(21, 30)).ok());
    StartStorage();
    Consume(UntilStored(30));
    EXPECT_EQ(Rows(engine(), kTrades).size(), 30u);
}

TEST_F(StorageOnBroker, FetchesWhatTheBrokerDoesNotDeliver) {
    Consume(PublishAndStore(1, 20));
    storage_.reset();
    std::filesystem::remove_all(folder_ / "store");
    StartStorage();
    Consume(UntilStored(20));
    EXPECT_EQ(Rows(engine(), kTrades).size(), 20u);
    Consume(PublishAndStore(21, 25));
    EXPECT_EQ(storage_->ingest->floor(), 25u);
}

TEST_F(StorageOnBroker, AnEmptiedStoreReadsTheStreamAgain) {
    Consume(PublishAndStore(1, 20));
    storage_.reset();
    settings_.most_fetched = 5;
    std::filesystem::remove_all(folder_ / "store");
    StartStorage();
    Consume(UntilStored(20));
    EXPECT_EQ(Rows(engine(), kTrades).size(), 20u);
}

TEST_F(StorageOnBroker, GarbageGoesToTheDeadLettersAndBlocksNothing) {
    bus::StreamConfig letters = bus::DeadLetterStream(1 << 24, 1);
    ASSERT_TRUE(runner_.Run(bus::EnsureStream(*connection_, letters, Deadline::After(5s))).ok());
    Consume([](StorageOnBroker& test) -> Task<Status> {
        MP_CO_RETURN_IF_ERROR(co_await test.UntilConsuming());
        MP_CO_RETURN_IF_ERROR(co_await test.Publish(kTradeSubject, "garbage"));
        MP_CO_RETURN_IF_ERROR(co_await test.PublishTrades(1, 3));
        MP_CO_RETURN_IF_ERROR(co_await test.UntilStored(3));
        co_return co_await test.Until([&test] {
            return test.storage_->letters.counters().stored == 1;
        });
    }(*this));
    EXPECT_EQ(storage_->ingest->floor(), 4u);
    const auto kept =
        runner_.Run(bus::GetStreamInfo(*connection_, bus::kDeadLetterStream, Deadline::After(5s)));
    EXPECT_EQ(kept->messages, 1u);
}

TEST_F(StorageOnBroker, PurgesWhatIsCommittedAndOld) {
    storage_.reset();
    settings_.window.keep = 1s;
    StartStorage();
    Consume([](StorageOnBroker& test) -> Task<Status> {
        MP_CO_RETURN_IF_ERROR(co_await test.PublishAndStore(1, 20));
        const Deadline deadline = Deadline::After(20s);
        for (uint64_t left = 20; left > 0;) {
            if (deadline.Passed()) co_return absl::DeadlineExceededError("nothing was purged");
            co_await runtime::Sleep(50ms);
            const auto stream = co_await bus::GetStreamInfo(
                *test.connection_, bus::kMarketDataStream, Deadline::After(5s)
            );
            if (stream.ok()) left = stream->messages;
        }
        co_return co_await test.PublishAndStore(21, 25);
    }(*this));
    EXPECT_EQ(Rows(engine(), kTrades).size(), 25u);
}

TEST_F(StorageOnBroker, WhatWasPurgedUnreadIsAGap) {
    Consume([](StorageOnBroker& test) -> Task<Status> {
        MP_CO_RETURN_IF_ERROR(co_await test.PublishAndStore(1, 10));
        const std::string claim = ClaimOf({0, 101});
        MP_CO_RETURN_IF_ERROR(co_await test.Publish(kCoverageSubject, claim));
        co_return co_await test.Until([&test] { return test.storage_->ingest->floor() == 11; });
    }(*this));
    EXPECT_EQ(Gaps(engine(), {0, 101}), "");
    storage_.reset();
    ASSERT_TRUE(runner_.Run(PublishTrades(11, 20)).ok());
    ASSERT_TRUE(
        runner_.Run(bus::PurgeUpTo(*connection_, bus::kMarketDataStream, 16, Deadline::After(5s)))
            .ok()
    );
    ASSERT_TRUE(runner_.Run(Publish(kCoverageSubject, ClaimOf({101, 201}))).ok());
    StartStorage();
    Consume([](StorageOnBroker& test) -> Task<Status> {
        co_return co_await test.Until([&test] { return test.storage_->ingest->floor() == 22; });
    }(*this));
    // 11 to 15 are gone; 16 is the first that is known again.
    EXPECT_EQ(Rows(engine(), kTrades).size(), 15u);
    EXPECT_EQ(Gaps(engine(), {0, 201}), "101-161 " + std::string(kStreamTruncated));
}

// Trades 11 to 15 were acknowledged by the broker, whose disk is gone before storage could read
// them. The stream made anew has messages already when storage comes back.
TEST_F(StorageOnBroker, WhatABrokerTookWithItsDiskIsAGap) {
    bus::Connection other(runner_.executor(), ComesBackAfter(20ms));
    ASSERT_TRUE(runner_.Run(other.Connect()).ok());
    storage_.reset();
    connection_.emplace(runner_.executor(), ComesBackAfter(1s));
    ASSERT_TRUE(runner_.Run(connection_->Connect()).ok());
    StartStorage();
    Consume([](StorageOnBroker& test, bus::Connection& collector) -> Task<Status> {
        MP_CO_RETURN_IF_ERROR(co_await test.PublishAndStore(1, 10));
        const std::string claim = ClaimOf({0, 101});
        MP_CO_RETURN_IF_ERROR(co_await test.Publish(kCoverageSubject, claim));
        MP_CO_RETURN_IF_ERROR(co_await test.Until([&test] {
            return test.storage_->ingest->floor() == 11;
        }));
        test.nats_.Kill();
        MP_CO_RETURN_IF_ERROR(co_await test.Until([&test, &collector] {
            return !collector.state().connected && !test.connection_->state().connected;
        }));
        std::filesystem::remove_all(test.nats_.store());
        EXPECT_TRUE(test.nats_.Start().ok());
        MP_CO_RETURN_IF_ERROR(co_await test.Until([&collector] {
            return collector.state().connected;
        }));
        test.publishing_ = &collector;
        const bus::StreamConfig stream = bus::MarketDataStream(1 << 24, 1, 8);
        const auto made = co_await bus::EnsureStream(collector, stream, Deadline::After(5s));
        if (!made.ok()) co_return made.status();
        MP_CO_RETURN_IF_ERROR(co_await test.PublishTrades(16, 20));
        const std::string later = ClaimOf({101, 201});
        MP_CO_RETURN_IF_ERROR(co_await test.Publish(kCoverageSubject, later));
        co_return co_await test.Until([&test, created = made->created] {
            return test.storage_->consumption->incarnation() == created &&
                   test.storage_->ingest->floor() == 6;
        });
    }(*this, other));
    EXPECT_EQ(Rows(engine(), kTrades).size(), 15u);
    EXPECT_EQ(Gaps(engine(), {0, 201}), "101-161 " + std::string(kStreamReplaced));
}

// The broker's machine lost power: its newest messages are gone, what it knew of the consumer is
// not.
TEST_F(StorageOnBroker, AStreamThatLostItsEndAndGrewAgainIsReadFromItsBeginning) {
    const std::filesystem::path messages =
        std::filesystem::path(nats_.store()) / "jetstream/$G/streams/MARKET_DATA/msgs";
    Consume(PublishAndStore(1, 10));
    nats_.Stop();
    ASSERT_TRUE(std::filesystem::exists(messages));
    std::filesystem::copy(messages, folder_ / "old", std::filesystem::copy_options::recursive);
    ASSERT_TRUE(nats_.Start().ok());
    Consume(PublishAndStore(11, 20));
    storage_.reset();
    nats_.Stop();
    std::filesystem::remove_all(messages);
    std::filesystem::copy(folder_ / "old", messages, std::filesystem::copy_options::recursive);
    ASSERT_TRUE(nats_.Start().ok());
    ASSERT_TRUE(runner_.Run(PublishTrades(21, 35)).ok());
    StartStorage();
    Consume(UntilStored(35));
    EXPECT_EQ(Rows(engine(), kTrades).size(), 35u);
    EXPECT_NE(
        storage_->registry.ToText().find(
            "marketprism_stream_losses_total{reason=\"" + std::string(kStreamRewound) + "\"} 1"
        ),
        std::string::npos
    );
}

TEST_F(StorageOnBroker, AStreamMadeAnewIsReadFromItsBeginning) {
    Consume([](StorageOnBroker& test) -> Task<Status> {
        MP_CO_RETURN_IF_ERROR(co_await test.PublishAndStore(1, 10));
        MP_CO_RETURN_IF_ERROR(co_await bus::DeleteStream(
            *test.connection_, bus::kMarketDataStream, Deadline::After(5s)
        ));
        MP_CO_RETURN_IF_ERROR(co_await test.PublishTrades(11, 20));
        co_return co_await test.UntilStored(20);
    }(*this));
    EXPECT_EQ(Rows(engine(), kTrades).size(), 20u);
}

}  // namespace
}  // namespace mp::storage
