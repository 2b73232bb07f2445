// The binary mp-storage as it is deployed: starts alone, answers, survives kill -9, stops in order.

#include <gmock/gmock.h>

#include "storage_binary.hpp"

namespace mp::storage {
namespace {

using ::testing::HasSubstr;

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
    EXPECT_EQ(cut.code(), StatusCode::kOutOfRange);
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
