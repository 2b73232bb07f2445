// The binary mp-storage as it is deployed: starts alone, answers, survives kill -9, stops in order.

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus/kv_bucket.hpp"
#include "bus/publisher.hpp"
#include "bus/topology.hpp"
#include "marketprism/v1/storage.grpc.pb.h"
#include "net/http_client.hpp"
#include "registry/instance.hpp"
#include "rpc/channel.hpp"
#include "rpc/client.hpp"
#include "runtime/sleep.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "testing/child_process.hpp"
#include "testing/clickhouse_server.hpp"
#include "testing/nats_server.hpp"
#include "testing/run_task.hpp"
#include "testing/temp_dir.hpp"
#include "wire/batch.hpp"
#include "wire/convert.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
namespace pb = ::marketprism::v1;
using Client = rpc::Client<pb::StorageService>;

constexpr char kTradeSubject[] = "md.binance.spot.trade.3";

class StorageBinary : public ::testing::Test {
  protected:
    StorageBinary() {
        EXPECT_TRUE(nats_.Start().ok()) << nats_.log();
        bus::ConnectionConfig config;
        config.url = nats_.url();
        connection_.emplace(runner_.executor(), config);
        EXPECT_TRUE(runner_.Run(connection_->Connect()).ok());
    }

    virtual testing::ChildOptions Options(const std::string& instance) {
        testing::ChildOptions options;
        options.program = "mp-storage";
        options.environment = {{"NATS_URL", nats_.url()}};
        options.arguments = {
            "--config-dir",
            std::string(std::getenv("MP_SOURCE_DIR")) + "/services/storage/config",
            "--set",
            "storage.path=" + (folder_ / "store").string(),
            "--set",
            "http.port=0",
            "--set",
            "grpc.port=0",
            "--set",
            "bus.ack_wait=2s",
            "--set",
            "service.instance=" + instance};
        return options;
    }

    // Starts it and waits until the registry lists it.
    void StartStorage(const std::string& instance) {
        storage_.reset();
        storage_.emplace(Options(instance));
        const Status listed = runner_.Run(UntilListed(instance));
        ASSERT_TRUE(listed.ok()) << listed << storage_->Output() << nats_.log();
        client_.emplace(
            dispatcher_, rpc::MakeChannel("127.0.0.1:" + std::to_string(entry_.grpc_port()))
        );
    }

    Task<Status> UntilListed(std::string instance) {
        bus::KvBucket bucket(*connection_, "registry");
        const std::string key = registry::InstanceKey(registry::kStorage, instance);
        for (const Deadline deadline = Deadline::After(20s); !deadline.Passed();) {
            const auto entry = co_await bucket.Get(key);
            if (entry.ok() && entry_.ParseFromString(entry->value)) co_return OkStatus();
            co_await runtime::Sleep(20ms);
        }
        co_return absl::DeadlineExceededError("not listed");
    }

    Task<Status> PublishTrades(uint64_t first, uint64_t last) {
        for (uint64_t id = first; id <= last; ++id) {
            wire::BatchBuilder builder("test");
            const TestEvent event = TestTrade(static_cast<Nanos>(id * 10), id);
            builder.AddEncoded(event.series.instrument, event.bytes);
            std::string payload;
            builder.Finish(payload);
            const auto ack = co_await bus::Publish(
                *connection_, kTradeSubject, payload, {}, Deadline::After(5s)
            );
            if (!ack.ok()) co_return ack.status();
        }
        co_return OkStatus();
    }

    Task<Status> UntilStored(uint64_t events) {
        for (const Deadline deadline = Deadline::After(20s); !deadline.Passed();) {
            const auto statistics = co_await client_->Call(
                &Client::Async::GetStatistics, pb::GetStatisticsRequest(), Deadline::After(5s)
            );
            if (statistics.ok() && statistics->events() >= events) co_return OkStatus();
            co_await runtime::Sleep(20ms);
        }
        co_return absl::DeadlineExceededError("not stored");
    }

    Task<Result<pb::EventChunk>> Trades() {
        pb::QueryEventsRequest request;
        wire::ToProto(TestSeries(model::DataType::kTrade), *request.mutable_series());
        request.set_start(0);
        auto stream = client_->Open(
            &Client::Async::QueryEvents, request, rpc::CallOptions{Deadline::After(10s)}
        );
        pb::EventChunk all;
        for (;;) {
            pb::EventChunk chunk;
            const Result<bool> more = co_await stream.Read(chunk);
            if (!more.ok()) co_return more.status();
            if (!*more) co_return all;
            all.MergeFrom(chunk);
        }
    }

    std::string Get(const std::string& path) {
        net::HttpClient http(runner_.executor(), {});
        net::HttpClientRequest request;
        request.url = "http://127.0.0.1:" + std::to_string(entry_.http_port()) + path;
        const auto response = runner_.Run(http.Send(request, Deadline::After(5s)));
        return response.ok() ? response->body : response.status().ToString();
    }

    testing::NatsServer nats_;
    testing::TaskRunner runner_;
    testing::TempDir folder_;
    rpc::Dispatcher dispatcher_{runner_.executor()};
    std::optional<bus::Connection> connection_;
    std::optional<testing::ChildProcess> storage_;
    registry::Instance entry_;
    std::optional<Client> client_;
};

TEST_F(StorageBinary, StoresAnswersAndStopsInOrder) {
    StartStorage("a");
    ASSERT_TRUE(runner_.Run(PublishTrades(1, 100)).ok());
    ASSERT_TRUE(runner_.Run(UntilStored(100)).ok());
    const auto trades = runner_.Run(Trades());
    ASSERT_TRUE(trades.ok()) << trades.status();
    EXPECT_EQ(trades->entries_size(), 100);
    EXPECT_TRUE(trades->has_coverage());
    EXPECT_THAT(Get("/health"), HasSubstr(R"("status":"healthy")"));
    EXPECT_THAT(
        Get("/metrics"),
        HasSubstr(
            R"(marketprism_messages_total{exchange="binance",data_type="trade",status="stored"} 100)"
        )
    );
    EXPECT_EQ(storage_->Terminate(20s), 0) << storage_->Output();
}

TEST_F(StorageBinary, LosesAndDoublesNothingWhenKilled) {
    StartStorage("a");
    ASSERT_TRUE(runner_.Run(PublishTrades(1, 50)).ok());
    for (const std::string instance : {"b", "c"}) {
        storage_->Kill();
        ASSERT_TRUE(runner_.Run(PublishTrades(40, 80)).ok());  // some of them again
        StartStorage(instance);
        ASSERT_TRUE(runner_.Run(UntilStored(80)).ok());
    }
    EXPECT_EQ(runner_.Run(Trades())->entries_size(), 80);
}

TEST_F(StorageBinary, TellsUnknownInstrumentsAndBadRequests) {
    StartStorage("a");
    ASSERT_TRUE(runner_.Run(PublishTrades(1, 1)).ok());
    ASSERT_TRUE(runner_.Run(UntilStored(1)).ok());
    pb::QueryCandlesRequest request;
    wire::ToProto(TestInstrument("NO-SUCH"), *request.mutable_instrument());
    request.set_interval("1m");
    auto answer =
        runner_.Run(client_->Call(&Client::Async::QueryCandles, request, Deadline::After(5s)));
    EXPECT_EQ(answer.status().code(), StatusCode::kNotFound);
    request.set_interval("never");
    answer = runner_.Run(client_->Call(&Client::Async::QueryCandles, request, Deadline::After(5s)));
    EXPECT_EQ(answer.status().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr("interval"));
}

// With little patience for what queries cost.
class FrugalStorage : public StorageBinary {
  protected:
    testing::ChildOptions Options(const std::string& instance) override {
        testing::ChildOptions options = StorageBinary::Options(instance);
        for (const char* setting : {"query.max_rows=50", "query.slow_after=1ns"}) {
            options.arguments.insert(options.arguments.end(), {"--set", setting});
        }
        return options;
    }

    // How a page of so many trades ends.
    Task<Status> Page(uint32_t limit) {
        pb::QueryEventsRequest request;
        wire::ToProto(TestSeries(model::DataType::kTrade), *request.mutable_series());
        request.set_start(0);
        request.set_limit(limit);
        rpc::CallOptions options{Deadline::After(10s)};
        options.metadata.emplace_back("traceparent", "00-" + kTrace + "-00f067aa0ba902b7-01");
        auto stream = client_->Open(&Client::Async::QueryEvents, request, options);
        for (;;) {
            pb::EventChunk chunk;
            const Result<bool> more = co_await stream.Read(chunk);
            if (!more.ok() || !*more) co_return more.status();
        }
    }

    const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
};

TEST_F(FrugalStorage, EndsWhatCostsTooMuchAndTellsWhatWasSlow) {
    StartStorage("a");
    ASSERT_TRUE(runner_.Run(PublishTrades(1, 100)).ok());
    ASSERT_TRUE(runner_.Run(UntilStored(100)).ok());
    const Status cut = runner_.Run(Page(60));
    EXPECT_EQ(cut.code(), StatusCode::kResourceExhausted);
    EXPECT_THAT(
        std::string(MessageOf(cut)), HasSubstr("more than 50 stored rows (query.max_rows): narrow")
    );
    EXPECT_THAT(storage_->Output(), HasSubstr("slow query"));
    EXPECT_THAT(storage_->Output(), HasSubstr("binance|spot|BTC-USDT trade"));
    EXPECT_THAT(storage_->Output(), HasSubstr(kTrace));
    EXPECT_TRUE(runner_.Run(Page(20)).ok());
    EXPECT_EQ(runner_.Run(Trades())->entries_size(), 100) << "a stream has no such limit";
    const std::string metrics = Get("/metrics");
    EXPECT_THAT(
        metrics,
        HasSubstr(
            R"(marketprism_queries_cut_total{endpoint="StorageService/QueryEvents",limit="rows"} 1)"
        )
    );
    EXPECT_THAT(
        metrics,
        HasSubstr(R"(marketprism_slow_queries_total{endpoint="StorageService/QueryEvents"} 3)")
    );
}

TEST_F(StorageBinary, WaitsForABrokerThatIsNotThereYet) {
    nats_.Stop();
    storage_.emplace(Options("a"));
    ASSERT_TRUE(storage_->WaitForOutput("connect", 10s)) << storage_->Output();
    EXPECT_TRUE(storage_->Running());
    ASSERT_TRUE(nats_.Start().ok());
    const Status listed = runner_.Run(UntilListed("a"));
    EXPECT_TRUE(listed.ok()) << listed << storage_->Output();
}

TEST_F(StorageBinary, ASecondOneOnTheSameStoreIsRefused) {
    StartStorage("a");
    testing::ChildProcess second(Options("b"));
    EXPECT_EQ(second.WaitForExit(10s), 1);
    EXPECT_THAT(second.Output(), HasSubstr("another process"));
}

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

TEST_F(StorageBinary, BadConfigurationIsExplained) {
    testing::ChildOptions options = Options("a");
    options.arguments.insert(
        options.arguments.end(), {"--set", "storage.engine=paper", "--set", "query.threads=none"}
    );
    testing::ChildProcess child(options);
    EXPECT_EQ(child.WaitForExit(10s), 2);
    EXPECT_THAT(child.Output(), HasSubstr("storage.engine"));
    EXPECT_THAT(child.Output(), HasSubstr("query.threads"));
}

}  // namespace
}  // namespace mp::storage
