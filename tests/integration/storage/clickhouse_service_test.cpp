// The binary mp-storage on ClickHouse: one server, and two shards of which one may be away.

#include "storage_binary.hpp"
#include "testing/clickhouse_server.hpp"

namespace mp::storage {
namespace {

// The same on a ClickHouse server.
class StorageOnClickHouse : public StorageBinary {
  protected:
    void SetUp() override {
        if (!testing::ClickHouseServer::Installed()) {
            GTEST_SKIP() << "no clickhouse-server is installed";
        }
        StartClickHouse();
    }

    void StartClickHouse() {
        const Status started = clickhouse_.Start();
        ASSERT_TRUE(started.ok()) << started;
    }

    testing::ChildOptions Options(const std::string& instance) override {
        testing::ChildOptions options = StorageBinary::Options(instance);
        options.environment["CLICKHOUSE_URL"] = clickhouse_.url();
        for (const char* setting :
             {"storage.engine=clickhouse",
              "clickhouse.batch.max_delay=50ms",
              "clickhouse.request_timeout=3s"}) {
            options.arguments.insert(options.arguments.end(), {"--set", setting});
        }
        return options;
    }

    Task<Status> UntilHealthSays(std::string what) {
        net::HttpClient http(runner_.executor(), {});
        net::HttpClientRequest request;
        request.url = "http://127.0.0.1:" + std::to_string(entry_.http_port()) + "/health";
        std::string last;
        for (const Deadline deadline = Deadline::After(20s); !deadline.Passed();) {
            const auto response = co_await http.Send(request, Deadline::After(5s));
            if (response.ok()) last = response->body;
            if (last.find(what) != std::string::npos) co_return OkStatus();
            co_await runtime::Sleep(50ms);
        }
        co_return absl::DeadlineExceededError("health: " + last);
    }

    testing::ClickHouseServer clickhouse_;
};

TEST_F(StorageOnClickHouse, LosesAndDoublesNothingWhoeverIsKilled) {
    StartStorage("a");
    ASSERT_TRUE(runner_.Run(PublishTrades(1, 50)).ok());
    for (const std::string instance : {"b", "c"}) {
        storage_->Kill();
        clickhouse_.Kill();
        ASSERT_TRUE(runner_.Run(PublishTrades(40, 80)).ok());  // some of them again
        StartClickHouse();
        StartStorage(instance);
        ASSERT_TRUE(runner_.Run(UntilStored(80)).ok()) << storage_->Output();
    }
    const auto trades = runner_.Run(Trades());
    ASSERT_TRUE(trades.ok()) << trades.status();
    EXPECT_EQ(trades->entries_size(), 80);
    EXPECT_EQ(storage_->Terminate(20s), 0) << storage_->Output();
}

TEST_F(StorageOnClickHouse, WaitsWhileTheServerIsAwayAndSaysSo) {
    clickhouse_.Kill();
    StartStorage("a");
    ASSERT_TRUE(runner_.Run(PublishTrades(1, 30)).ok());
    const Status away = runner_.Run(UntilHealthSays("(since "));
    EXPECT_TRUE(away.ok()) << away;
    StartClickHouse();
    ASSERT_TRUE(runner_.Run(UntilStored(30)).ok()) << storage_->Output();
    clickhouse_.Kill();
    ASSERT_TRUE(runner_.Run(PublishTrades(31, 60)).ok());
    const Status again = runner_.Run(UntilHealthSays("(since "));
    EXPECT_TRUE(again.ok()) << again;
    StartClickHouse();
    ASSERT_TRUE(runner_.Run(UntilStored(60)).ok()) << storage_->Output();
    EXPECT_EQ(runner_.Run(Trades())->entries_size(), 60);
    const Status well = runner_.Run(UntilHealthSays(R"("status":"healthy")"));
    EXPECT_TRUE(well.ok()) << well;
}

// On two shards.
class StorageOnShards : public StorageOnClickHouse {
  protected:
    static constexpr int kSymbols = 10;

    void SetUp() override {
        StorageOnClickHouse::SetUp();
        if (!IsSkipped()) StartSecond();
    }
    void StartSecond() {
        const Status started = second_.Start();
        ASSERT_TRUE(started.ok()) << started;
    }
    testing::ChildOptions Options(const std::string& instance) override {
        testing::ChildOptions options = StorageOnClickHouse::Options(instance);
        for (const std::string& setting :
             {"clickhouse.shards.a.url=" + clickhouse_.url(),
              "clickhouse.shards.b.url=" + second_.url()}) {
            options.arguments.insert(options.arguments.end(), {"--set", setting});
        }
        return options;
    }
    // One trade of each symbol for each id.
    Task<Status> PublishAll(uint64_t first, uint64_t last) {
        for (uint64_t id = first; id <= last; ++id) {
            for (int symbol = 0; symbol < kSymbols; ++symbol) {
                wire::BatchBuilder builder("test");
                const model::Series series =
                    TestSeries(model::DataType::kTrade, "S" + std::to_string(symbol));
                const TestEvent event = TestTrade(static_cast<Nanos>(id * 10), id);
                builder.AddEncoded(series.instrument, event.bytes);
                std::string payload;
                builder.Finish(payload);
                const auto ack = co_await bus::Publish(
                    *connection_, kTradeSubject, payload, {}, Deadline::After(5s)
                );
                if (!ack.ok()) co_return ack.status();
            }
        }
        co_return OkStatus();
    }

    testing::ClickHouseServer second_;
};

TEST_F(StorageOnShards, AcksWaitForTheShardThatIsAwayAndNothingIsLostOrDoubled) {
    StartStorage("a");
    ASSERT_TRUE(runner_.Run(PublishAll(1, 20)).ok());
    ASSERT_TRUE(runner_.Run(UntilStored(20 * kSymbols)).ok()) << storage_->Output();
    second_.Kill();
    ASSERT_TRUE(runner_.Run(PublishAll(15, 40)).ok());  // some of them again
    const Status named = runner_.Run(UntilHealthSays("clickhouse shard b at " + second_.url()));
    EXPECT_TRUE(named.ok()) << named;
    storage_->Kill();
    StartSecond();
    StartStorage("b");
    ASSERT_TRUE(runner_.Run(UntilStored(40 * kSymbols)).ok()) << storage_->Output();
    const Status well = runner_.Run(UntilHealthSays(R"("status":"healthy")"));
    EXPECT_TRUE(well.ok()) << well;
    const auto statistics = runner_.Run(client_->Call(
        &Client::Async::GetStatistics, pb::GetStatisticsRequest(), Deadline::After(5s)
    ));
    ASSERT_TRUE(statistics.ok()) << statistics.status();
    EXPECT_EQ(statistics->events(), 40u * kSymbols);
    EXPECT_EQ(storage_->Terminate(20s), 0) << storage_->Output();
}

}  // namespace
}  // namespace mp::storage
