// The collector told what to do at run time: by gRPC, by signals, by a configuration with mistakes.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <regex>

#include "accounting.hpp"
#include "marketprism/v1/collector.grpc.pb.h"
#include "stand.hpp"
#include "testing/eventually.hpp"

namespace mp::collector_test {
namespace {

using namespace std::chrono_literals;
namespace pb = ::marketprism::v1;

const std::vector<std::string> kMarket = {
    "--generate", "--symbols", "BTC-USDT,ETH-USDT,SOL-USDT", "--rate", "1000"};
const std::string kOnlyBtc = "venues.binance_spot.symbols=[BTC-USDT]";

class Client {
  public:
    explicit Client(Stand& stand) {
        const std::string output = stand.collector().Output();
        std::smatch port;
        std::regex_search(output, port, std::regex("grpc_port=(\\d+)"));
        stub_ = pb::CollectorService::NewStub(
            grpc::CreateChannel("127.0.0.1:" + port[1].str(), grpc::InsecureChannelCredentials())
        );
    }

    template <typename Request, typename Response>
    using Method = grpc::
        Status (pb::CollectorService::Stub::*)(grpc::ClientContext*, const Request&, Response*);
    template <typename Request, typename Response>
    grpc::Status Call(
        Method<Request, Response> method, const Request& request, Response& response
    ) {
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + 5s);
        return (stub_.get()->*method)(&context, request, &response);
    }

    std::map<std::string, pb::FeedState> Feeds() {
        pb::ListFeedsResponse response;
        Call(&pb::CollectorService::Stub::ListFeeds, pb::ListFeedsRequest(), response);
        std::map<std::string, pb::FeedState> feeds;
        for (const pb::Feed& feed : response.feeds()) {
            const std::string type = pb::DataType_Name(feed.series().data_type());
            feeds[feed.series().instrument().symbol() + " " + type] = feed.state();
        }
        return feeds;
    }

  private:
    std::unique_ptr<pb::CollectorService::Stub> stub_;
};

pb::Instrument Named(const std::string& symbol) {
    pb::Instrument instrument;
    instrument.set_exchange("binance");
    instrument.set_market(pb::MARKET_SPOT);
    instrument.set_symbol(symbol);
    return instrument;
}

TEST(CollectorControl, InstrumentsComeAndGoAtRunTime) {
    Stand stand(kMarket, {kOnlyBtc});
    stand.StartSim();
    stand.AskSim("start", "{}");
    stand.StartCollector();
    Client client(stand);
    ASSERT_TRUE(testing::Eventually(
        [&] { return client.Feeds()["BTC-USDT DATA_TYPE_TRADE"] == pb::FEED_STATE_LIVE; }, 10s
    ));
    EXPECT_EQ(client.Feeds().size(), 5u);

    pb::AddInstrumentsRequest add;
    *add.add_instruments() = Named("SOL-USDT");
    add.add_data_types(pb::DATA_TYPE_TRADE);
    pb::AddInstrumentsResponse added;
    ASSERT_TRUE(client.Call(&pb::CollectorService::Stub::AddInstruments, add, added).ok());
    EXPECT_EQ(added.added(0).venue_symbol(), "SOLUSDT");
    BusLog& log = stand.log();
    ASSERT_TRUE(log.WaitFor([&] { return log.Of("SOLUSDT", "trade").events.size() > 5; }, 10s));
    EXPECT_TRUE(log.Of("SOLUSDT", "bbo").events.empty());

    pb::RemoveInstrumentsRequest remove;
    *remove.add_instruments() = Named("SOL-USDT");
    pb::RemoveInstrumentsResponse removed;
    ASSERT_TRUE(client.Call(&pb::CollectorService::Stub::RemoveInstruments, remove, removed).ok());
    EXPECT_FALSE(client.Feeds().contains("SOL-USDT DATA_TYPE_TRADE"));

    *add.mutable_instruments(0) = Named("NO-SUCH");
    const auto refused = client.Call(&pb::CollectorService::Stub::AddInstruments, add, added);
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST(CollectorControl, InstrumentsOfRunTimeSurviveADeath) {
    Stand stand(kMarket, {"venues.binance_spot.symbols=[BTC-USDT, ETH-USDT]"});
    stand.StartSim();
    stand.AskSim("start", "{}");
    stand.StartCollector();
    {
        Client client(stand);
        ASSERT_TRUE(testing::Eventually([&] { return client.Feeds().size() == 10; }, 10s));
        pb::AddInstrumentsRequest add;
        *add.add_instruments() = Named("SOL-USDT");
        add.add_data_types(pb::DATA_TYPE_TRADE);
        pb::AddInstrumentsResponse added;
        ASSERT_TRUE(client.Call(&pb::CollectorService::Stub::AddInstruments, add, added).ok());
        pb::RemoveInstrumentsRequest remove;
        *remove.add_instruments() = Named("ETH-USDT");
        pb::RemoveInstrumentsResponse removed;
        ASSERT_TRUE(
            client.Call(&pb::CollectorService::Stub::RemoveInstruments, remove, removed).ok()
        );
    }
    stand.collector().Kill();
    stand.StartCollector();
    Client client(stand);
    ASSERT_TRUE(testing::Eventually([&] { return client.Feeds().size() == 6; }, 10s));
    EXPECT_TRUE(client.Feeds().contains("SOL-USDT DATA_TYPE_TRADE"));
    EXPECT_TRUE(client.Feeds().contains("BTC-USDT DATA_TYPE_TRADE"));
}

TEST(CollectorControl, TheBookIsAnsweredAsItIsNow) {
    Stand stand(kMarket, {kOnlyBtc});
    stand.StartSim();
    stand.StartCollector();
    Client client(stand);
    pb::GetOrderBookRequest request;
    *request.mutable_instrument() = Named("BTC-USDT");
    request.set_depth(5);
    pb::GetOrderBookResponse book;
    ASSERT_TRUE(testing::Eventually(
        [&] {
            book.Clear();
            return client.Call(&pb::CollectorService::Stub::GetBook, request, book).ok();
        },
        10s
    ));
    EXPECT_EQ(book.bids().price_size(), 5);
    EXPECT_EQ(book.asks().price_size(), 5);
    EXPECT_GT(book.last_update_id(), 0u);
    EXPECT_GT(book.ts(), 0);

    *request.mutable_instrument() = Named("ETH-USDT");
    const auto unknown = client.Call(&pb::CollectorService::Stub::GetBook, request, book);
    EXPECT_EQ(unknown.error_code(), grpc::StatusCode::NOT_FOUND);
    request.clear_instrument();
    const auto nameless = client.Call(&pb::CollectorService::Stub::GetBook, request, book);
    EXPECT_EQ(nameless.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(CollectorControl, AnUnknownSymbolIsNamedAndTheOthersGoOn) {
    Stand stand(kMarket, {"venues.binance_spot.symbols=[BTC-USDT, NO-SUCH]"});
    stand.StartSim();
    stand.AskSim("start", "{}");
    stand.StartCollector();
    BusLog& log = stand.log();
    EXPECT_TRUE(log.WaitFor([&] { return log.Of("BTCUSDT", "trade").events.size() > 5; }, 10s));
    const std::string health = stand.AskCollector("/health");
    EXPECT_NE(health.find("NO-SUCH"), std::string::npos) << health;
    EXPECT_NE(health.find("\"status\":\"degraded\""), std::string::npos) << health;
    EXPECT_NE(stand.collector().Output().find("lists no such symbol"), std::string::npos);
}

TEST(CollectorControl, AHangupReadsSymbolsAgain) {
    Stand stand(kMarket);
    stand.StartSim();
    stand.StartCollector();
    Client client(stand);
    ASSERT_TRUE(testing::Eventually([&] { return client.Feeds().size() == 15; }, 10s));
    const std::string config = testing::ReadFile(stand.config() / "local.yaml");
    std::ofstream(stand.config() / "local.yaml")
        << std::regex_replace(config, std::regex("symbols: .*"), "symbols: [\"ETH-USDT\"]")
        << "\ninstruments: {refresh: 7m}\n";
    stand.collector().Signal(SIGHUP);
    EXPECT_TRUE(testing::Eventually([&] { return client.Feeds().size() == 5; }, 10s));
    EXPECT_TRUE(stand.collector().WaitForOutput("wait for a restart", 10s));
    const std::string said = stand.collector().Output();
    EXPECT_NE(said.find("keys=instruments.refresh"), std::string::npos) << said;
    std::ofstream(stand.config() / "local.yaml")
        << "venues: {binance_spot: {symbols: 7}}\nnonsense: 1\n";
    stand.collector().Signal(SIGHUP);
    EXPECT_TRUE(stand.collector().WaitForOutput("configuration refused", 10s));
    EXPECT_EQ(client.Feeds().size(), 5u);
}

TEST(CollectorControl, AFullSpoolIsSaidAndIsAGap) {
    Stand stand(
        {"--generate", "--symbols", "BTC-USDT", "--rate", "5000"},
        {"spool.max_bytes=1MiB", "spool.segment_bytes=64KiB"}
    );
    stand.StartSim();
    stand.StartCollector();
    BusLog& log = stand.log();
    ASSERT_TRUE(log.WaitFor([&] { return log.Of("BTCUSDT", "trade").events.size() > 50; }, 20s));
    stand.nats().Kill();
    const auto full = [&] {
        return stand.AskCollector("/health").find("\"spool\":false") != std::string::npos;
    };
    ASSERT_TRUE(testing::Eventually(full, 60s));
    EXPECT_GT(stand.Metric("marketprism_batches_dropped_total"), 0);
    ASSERT_TRUE(stand.nats().Start().ok());
    const auto named = [&] {
        const auto& gaps = log.Of("BTCUSDT", "trade").gaps;
        return !gaps.empty() && gaps.back().starts_with("spool_full ");
    };
    EXPECT_TRUE(log.WaitFor(named, 30s));
    EXPECT_EQ(stand.collector().Terminate(20s), 0);
    stand.AskSim("flush", "{}");
    log.WaitFor([] { return false; }, 500ms);
    for (const char* type : {"trade", "book_delta"}) ExpectAllAccounted(stand, type);
}

TEST(CollectorControl, ABatchTooLargeForTheBrokerIsPutAsideAndBlocksNobody) {
    testing::NatsServer::Options small;
    small.max_payload = 8 << 10;
    Stand stand(kMarket, {kOnlyBtc, "batch.max_bytes=2KiB"}, small);
    stand.StartSim();
    stand.AskSim("start", "{}");
    stand.StartCollector();
    BusLog& log = stand.log();
    EXPECT_TRUE(log.WaitFor([&] { return log.Of("BTCUSDT", "trade").events.size() > 100; }, 20s));
    EXPECT_GE(stand.Metric("marketprism_batches_unpublishable_total"), 1);
    EXPECT_FALSE(std::filesystem::is_empty(stand.spool() / "unpublishable"));
    EXPECT_TRUE(log.Of("BTCUSDT", "book_snapshot").events.empty());
    const auto named = [&] {
        const auto& gaps = log.Of("BTCUSDT", "book_snapshot").gaps;
        return !gaps.empty() && gaps.back().starts_with("unpublishable ");
    };
    EXPECT_TRUE(log.WaitFor(named, 10s));
    EXPECT_NE(stand.AskCollector("/health").find("\"publishing\":false"), std::string::npos);
    EXPECT_EQ(stand.collector().Terminate(20s), 0);
}

TEST(CollectorControl, WhatTheBrokerNeverTakesIsClaimedByNobody) {
    testing::NatsServer::Options small;
    small.max_payload = 4 << 10;
    Stand stand(
        {"--generate", "--symbols", "BTC-USDT", "--rate", "2000"},
        {"batch.max_delay=300ms", "batch.eager_in_flight=1"},
        small
    );
    stand.StartSim();
    stand.AskSim("start", "{}");
    stand.StartCollector();
    BusLog& log = stand.log();
    const auto trades = [&] { return log.Of("BTCUSDT", "trade").events.size(); };
    ASSERT_TRUE(log.WaitFor([&] { return trades() > 100; }, 20s));
    // While nothing is acknowledged batches grow beyond what the broker takes.
    stand.nats().Freeze();
    const double before = stand.Metric("marketprism_messages_total");
    ASSERT_TRUE(testing::Eventually(
        [&] { return stand.Metric("marketprism_messages_total") > before + 3000; }, 20s
    ));
    stand.nats().Thaw();
    const auto named = [&] {
        const auto& gaps = log.Of("BTCUSDT", "trade").gaps;
        return !gaps.empty() && gaps.back().starts_with("unpublishable ");
    };
    ASSERT_TRUE(log.WaitFor(named, 20s));
    // What it knows of them outlives it.
    stand.collector().Kill();
    stand.StartCollector();
    const size_t stored = trades();
    EXPECT_TRUE(log.WaitFor([&] { return trades() > stored + 100; }, 20s));
    EXPECT_EQ(stand.collector().Terminate(20s), 0);
    stand.AskSim("flush", "{}");
    log.WaitFor([] { return false; }, 500ms);
    ExpectAllAccounted(stand, "trade");
}

TEST(CollectorControl, ASpoolIsNotSharedAndABadConfigurationIsRefused) {
    Stand stand(kMarket);
    stand.StartSim();
    stand.StartCollector();
    testing::ChildProcess second(
        {.program = "mp-collector",
         .arguments =
             {"--config-dir",
              stand.config().string(),
              "--set",
              "spool.path=" + stand.spool().string(),
              "--set",
              "http.port=0",
              "--set",
              "grpc.port=0"}}
    );
    EXPECT_EQ(second.WaitForExit(20s), 1);
    EXPECT_NE(second.Output().find("in use by another collector"), std::string::npos)
        << second.Output();
    testing::ChildProcess wrong(
        {.program = "mp-collector",
         .arguments = {"--config-dir", stand.config().string(), "--set", "batch.max_delay=soon"}}
    );
    EXPECT_EQ(wrong.WaitForExit(20s), 2);
    EXPECT_NE(wrong.Output().find("batch.max_delay"), std::string::npos) << wrong.Output();
}

}  // namespace
}  // namespace mp::collector_test
