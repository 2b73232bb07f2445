#include <chrono>
#include <gtest/gtest.h>
#include <set>

#include "exchange-sim/test_client.hpp"

namespace mp::sim::testing {
namespace {

Options Generated() {
    Options options;
    options.generate = true;
    options.symbols = "BTC-USDT,ETH-USDT";
    options.rate = 2000;
    return options;
}

TEST(SimulatorProtocol, AcksAndServesWhatIsSubscribed) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/stream");
    client.Subscribe({"btcusdt@trade", "btcusdt@bookTicker"});
    EXPECT_EQ(client.Read(), R"({"result":null,"id":1})");
    for (int i = 0; i < 100; ++i) {
        const Json message = client.ReadJson();
        const std::string stream = message["stream"];
        EXPECT_TRUE(stream == "btcusdt@trade" || stream == "btcusdt@bookTicker");
        EXPECT_EQ(message["data"]["s"], "BTCUSDT");
    }
}

TEST(SimulatorProtocol, ServesBareAndCombinedForms) {
    RunningSimulator sim(Generated());
    WsClient bare(sim.port(), "/ws/ethusdt@trade");
    EXPECT_EQ(bare.ReadJson()["e"], "trade");
    WsClient combined(sim.port(), "/stream?streams=ethusdt@trade/btcusdt@trade");
    EXPECT_EQ(combined.ReadJson()["data"]["e"], "trade");
    EXPECT_EQ(
        combined.Ask({{"method", "GET_PROPERTY"}, {"params", {"combined"}}, {"id", 2}}),
        Json::parse(R"({"result":true,"id":2})")
    );
    bare.Ask({{"method", "SET_PROPERTY"}, {"params", {"combined", true}}, {"id", 3}});
    EXPECT_EQ(bare.ReadJson()["stream"], "ethusdt@trade");
}

TEST(SimulatorProtocol, ListsAndUnsubscribes) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws");
    client.Subscribe({"btcusdt@kline_1h", "ethusdt@kline_1h"});
    client.ReadJson();
    client.Ask({{"method", "UNSUBSCRIBE"}, {"params", {"ethusdt@kline_1h"}}, {"id", 2}});
    EXPECT_EQ(
        client.Ask({{"method", "LIST_SUBSCRIPTIONS"}, {"id", 3}}),
        Json::parse(R"({"result":["btcusdt@kline_1h"],"id":3})")
    );
}

TEST(SimulatorProtocol, AnswersBadRequestsAsTheExchangeDoes) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws");
    client.Send("{not json");
    EXPECT_EQ(client.ReadJson()["error"]["code"], 3);
    EXPECT_EQ(
        client.Ask({{"method", "SUBSCRIBE"}, {"params", {"nonsense"}}, {"id", 2}}),
        Json::parse(R"({"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":2})")
    );
    EXPECT_EQ(client.Ask({{"method", "SUBSCRIBE"}, {"id", -1}})["error"]["code"], 2);
    EXPECT_EQ(client.Ask({{"params", Json::array()}, {"id", 3}})["error"]["code"], 2);
}

TEST(SimulatorProtocol, DisconnectsWhoSendsTooMuch) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws");
    for (int i = 0; i < 6; ++i) client.Send(R"({"method":"LIST_SUBSCRIPTIONS","id":1})");
    const WsClient::End end = client.ReadToEnd();
    EXPECT_TRUE(end.closed_properly);
    EXPECT_EQ(end.code, 1008);
}

TEST(SimulatorProtocol, PingsAndDropsWhoDoesNotAnswer) {
    Options options = Generated();
    options.ws.ping_interval = std::chrono::milliseconds(20);
    options.ws.pong_timeout = std::chrono::seconds(1);
    options.ws.messages_per_second = 1000;
    RunningSimulator sim(options);
    {
        WsClient alive(sim.port(), "/ws/btcusdt@trade");
        const auto begin = std::chrono::steady_clock::now();
        // Beast answers pings while it reads.
        while (std::chrono::steady_clock::now() - begin < 2 * options.ws.pong_timeout) {
            alive.ReadJson();
        }
    }
    WsClient mute(sim.port(), "/ws");
    EXPECT_TRUE(Eventually([&] { return SimStatus(sim.port())["connections"] == 0; }));
}

TEST(SimulatorProtocol, LimitsTheStreamsOfAConnection) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws");
    std::vector<std::string> names;
    for (int i = 0; i < 1025; ++i) names.push_back("s" + std::to_string(i) + "@trade");
    client.Subscribe(names);
    EXPECT_EQ(client.ReadJson()["error"]["code"], 2);
}

TEST(SimulatorProtocol, ADepthSnapshotBridgesToTheStream) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws/btcusdt@depth@100ms");
    const Json before = client.ReadJson();
    const Json snapshot = GetJson(sim.port(), "/api/v3/depth?symbol=BTCUSDT&limit=1000");
    const std::int64_t last = snapshot["lastUpdateId"];
    EXPECT_GE(last, before["u"].get<std::int64_t>());
    EXPECT_EQ(snapshot["bids"].size(), 1000u);
    Json delta = client.ReadJson();
    while (delta["u"].get<std::int64_t>() <= last) delta = client.ReadJson();
    EXPECT_LE(delta["U"].get<std::int64_t>(), last + 1);
}

TEST(SimulatorProtocol, RestCountsWeightAndRefusesBadParameters) {
    Options options = Generated();
    options.weight_limit = 109;
    RunningSimulator sim(options);
    const auto first = Get(sim.port(), "/api/v3/depth?symbol=BTCUSDT&limit=1000");
    EXPECT_EQ(first.status, 200u);
    EXPECT_EQ(first.used_weight, "50");
    const auto unknown = Get(sim.port(), "/api/v3/depth?symbol=NOSUCH");
    EXPECT_EQ(unknown.status, 400u);
    EXPECT_EQ(unknown.body, R"({"code":-1121,"msg":"Invalid symbol."})");
    EXPECT_EQ(Json::parse(Get(sim.port(), "/api/v3/klines?symbol=BTCUSDT").body)["code"], -1102);
    const auto interval = Get(sim.port(), "/api/v3/klines?symbol=BTCUSDT&interval=2x");
    EXPECT_EQ(Json::parse(interval.body)["code"], -1120);
    Get(sim.port(), "/api/v3/depth?symbol=BTCUSDT&limit=1000");
    const auto limited = Get(sim.port(), "/api/v3/ping");
    EXPECT_EQ(limited.status, 429u);
    EXPECT_FALSE(limited.retry_after.empty());
    EXPECT_EQ(Json::parse(limited.body)["code"], -1003);
}

TEST(SimulatorProtocol, RestServesInstrumentsTradesAndCandles) {
    Options options = Generated();
    options.weight_limit = 1'000'000;
    RunningSimulator sim(options);
    WsClient client(sim.port(), "/ws/btcusdt@trade");
    const std::int64_t id = client.ReadJson()["t"];
    const Json info = GetJson(sim.port(), "/api/v3/exchangeInfo?symbols=%5B%22ETHUSDT%22%5D");
    EXPECT_EQ(info["symbols"][0]["baseAsset"], "ETH");
    const Json trades = GetJson(
        sim.port(), "/api/v3/historicalTrades?symbol=BTCUSDT&limit=1&fromId=" + std::to_string(id)
    );
    EXPECT_EQ(trades[0]["id"], id);
    EXPECT_TRUE(Eventually([&] {
        return GetJson(sim.port(), "/api/v3/aggTrades?symbol=BTCUSDT&limit=3").size() == 3;
    }));
    const Json klines = GetJson(sim.port(), "/api/v3/klines?symbol=BTCUSDT&interval=5m&limit=10");
    ASSERT_EQ(klines.size(), 10u);
    EXPECT_EQ(klines[1][0].get<std::int64_t>() - klines[0][0].get<std::int64_t>(), 300'000);
    EXPECT_EQ(Get(sim.port(), "/api/v3/nothing").status, 404u);
}

TEST(ContractsSimulator, ServesBothKindsBesideSpotAtAddressesOfTheirOwn) {
    Options options;
    options.generate = true;
    options.venues = "binance,binance-contracts";
    options.symbols = "BTC-USDT";
    options.rate = 600;
    options.emit_config = "sim_contracts_made.yaml";
    options.advertise = "127.0.0.1";
    RunningSimulator sim(options);
    std::ifstream in(options.emit_config);
    const std::string config((std::istreambuf_iterator<char>(in)), {});
    std::filesystem::remove(options.emit_config);
    const std::string address = "ws_url: ws://127.0.0.1:" + std::to_string(sim.port());
    for (const std::string& text :
         {std::string("symbols: [\"BTC-USD-PERP\"]"),
          std::string("symbols: [\"BTC-USDT-PERP\"]"),
          address + "/inverse\n",
          address + "/linear\n",
          address + "\n"}) {
        EXPECT_NE(config.find(text), std::string::npos) << text << " is not in\n" << config;
    }

    WsClient spot(sim.port(), "/stream?streams=btcusdt@depth@100ms");
    WsClient linear(sim.port(), "/linear/public/stream?streams=btcusdt@depth@100ms");
    WsClient inverse(sim.port(), "/inverse/stream?streams=btcusd_perp@depth@100ms");
    EXPECT_FALSE(spot.ReadJson()["data"].contains("pu"));
    for (WsClient* client : {&linear, &inverse}) {
        std::int64_t last = client->ReadJson()["data"]["u"];
        for (int i = 0; i < 5; ++i) {
            const Json data = client->ReadJson()["data"];
            EXPECT_EQ(data["pu"], last);
            EXPECT_GT(data["U"], last + 1) << "ids jump";
            last = data["u"];
        }
    }
    const Json book = GetJson(sim.port(), "/fapi/v1/depth?symbol=BTCUSDT&limit=5");
    EXPECT_TRUE(book.contains("T"));
    EXPECT_EQ(book["bids"].size(), 5u);
    EXPECT_EQ(GetJson(sim.port(), "/dapi/v1/exchangeInfo")["symbols"][0]["contractSize"], 100);
    // One budget for both.
    const Json budgets = SimStatus(sim.port())["budgets"];
    EXPECT_EQ(budgets["binance contracts 127.0.0.1"]["most"], 3);
    EXPECT_EQ(budgets["binance contracts 127.0.0.1"]["limit"], 2400);

    WsClient market(
        sim.port(), "/linear/market/stream?streams=btcusdt@markPrice@1s/btcusdt@ticker"
    );
    std::set<std::string> events;
    while (events.size() < 2) events.insert(market.ReadJson()["data"]["e"].get<std::string>());
    AddFault(sim.port(), {{"kind", "cut"}, {"symbol", "linear:BTCUSDT"}});
    linear.ReadToEnd();
    EXPECT_TRUE(spot.ReadJson().contains("data"));
    EXPECT_TRUE(inverse.ReadJson().contains("data"));
}

}  // namespace
}  // namespace mp::sim::testing
