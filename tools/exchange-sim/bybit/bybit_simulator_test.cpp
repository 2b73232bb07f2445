#include <gtest/gtest.h>
#include <map>
#include <set>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/test_client.hpp"

namespace mp::sim::testing {
namespace {

constexpr const char* kLinear = "/v5/public/linear";
constexpr const char* kSpot = "/v5/public/spot";

Options Generated() {
    Options options;
    options.generate = true;
    options.venues = "bybit";
    options.symbols = "BTC-USDT,ETH-USDT";
    options.rate = 2000;
    return options;
}

void Subscribe(WsClient& client, const Json& topics) {
    client.Send(Json{{"req_id", "3"}, {"op", "subscribe"}, {"args", topics}}.dump());
}

Json AnswerOf(WsClient& client) {
    while (true) {
        Json message = client.ReadJson();
        if (message.contains("success")) return message;
    }
}

Json NextOf(WsClient& client, const std::string& topic) {
    while (true) {
        Json message = client.ReadJson();
        if (message.value("topic", "") == topic) return message;
    }
}

// A client's book, by price.
class Book {
  public:
    void Take(const Json& message) {
        const Json& data = message["data"];
        if (message["type"] == "snapshot") {
            bids_.clear();
            asks_.clear();
        } else {
            EXPECT_EQ(data["u"], update_ + 1);
        }
        update_ = data["u"];
        Apply(data["b"], bids_);
        Apply(data["a"], asks_);
        EXPECT_LT(bids_.rbegin()->first, asks_.begin()->first);
    }
    std::size_t depth() const { return bids_.size(); }
    std::int64_t update() const { return update_; }

  private:
    using Side = std::map<DecimalKey, std::string>;

    static void Apply(const Json& levels, Side& side) {
        for (const Json& level : levels) {
            const auto key = *ParseDecimalKey(level[0].get<std::string>());
            if (level[1] == "0") {
                EXPECT_EQ(side.erase(key), 1u);
            } else {
                side[key] = level[1];
            }
        }
    }

    Side bids_;
    Side asks_;
    std::int64_t update_ = 0;
};

TEST(BybitSimulator, AcksARequestAndStreamsABookThatAddsUp) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kLinear);
    Subscribe(client, {"orderbook.200.BTCUSDT", "publicTrade.BTCUSDT"});
    const Json ack = client.ReadJson();
    EXPECT_EQ(ack["success"], true);
    EXPECT_EQ(ack["req_id"], "3");
    EXPECT_EQ(ack["ret_msg"], "");
    Book book;
    for (int i = 0; i < 20; ++i) book.Take(NextOf(client, "orderbook.200.BTCUSDT"));
    EXPECT_EQ(book.depth(), 200u);
}

TEST(BybitSimulator, KeepsSpotAndContractsApart) {
    RunningSimulator sim(Generated());
    WsClient spot(sim.port(), kSpot);
    WsClient linear(sim.port(), kLinear);
    Subscribe(spot, {"publicTrade.BTCUSDT", "tickers.BTCUSDT"});
    Subscribe(linear, {"publicTrade.BTCUSDT"});
    EXPECT_EQ(spot.ReadJson()["ret_msg"], "subscribe");
    const Json trade = NextOf(spot, "publicTrade.BTCUSDT")["data"][0];
    EXPECT_EQ(trade["i"].get<std::string>().find('-'), std::string::npos);
    std::set<std::string> ids;
    for (int i = 0; i < 50; ++i) {
        ids.insert(NextOf(linear, "publicTrade.BTCUSDT")["data"][0]["i"].get<std::string>());
    }
    EXPECT_EQ(ids.size(), 50u);
    EXPECT_EQ(ids.begin()->size(), 36u);
    EXPECT_FALSE(NextOf(spot, "tickers.BTCUSDT")["data"].contains("markPrice"));
}

TEST(BybitSimulator, SendsOfATickerWhatHasChanged) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kLinear);
    Subscribe(client, {"tickers.BTCUSDT", "allLiquidation.BTCUSDT"});
    const Json whole = NextOf(client, "tickers.BTCUSDT");
    EXPECT_EQ(whole["type"], "snapshot");
    for (const char* key : {"markPrice", "openInterest", "fundingRate", "nextFundingTime"}) {
        EXPECT_TRUE(whole["data"].contains(key)) << key;
    }
    NextOf(client, "tickers.BTCUSDT");
    const Json change = NextOf(client, "tickers.BTCUSDT");
    EXPECT_EQ(change["type"], "delta");
    EXPECT_EQ(change["data"]["symbol"], "BTCUSDT");
    EXPECT_FALSE(change["data"].contains("nextFundingTime"));
    EXPECT_TRUE(NextOf(client, "allLiquidation.BTCUSDT")["data"][0].contains("S"));
}

TEST(BybitSimulator, AnswersPingsAndMistakes) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kSpot);
    client.Send(R"({"op":"ping"})");
    EXPECT_EQ(client.ReadJson()["ret_msg"], "pong");
    Subscribe(client, {"publicTrade.BTCUSDT", "nonsense.BTCUSDT"});
    EXPECT_EQ(AnswerOf(client)["success"], false);
    Json many = Json::array();
    for (int i = 0; i < 11; ++i) many.push_back("publicTrade.BTCUSDT");
    Subscribe(client, many);
    EXPECT_EQ(AnswerOf(client)["ret_msg"], "args size >10");
    client.Send("{not json");
    EXPECT_EQ(AnswerOf(client)["success"], false);
    EXPECT_EQ(SimStatus(sim.port())["subscriptions"], 0);
}

TEST(BybitSimulator, AnswersRest) {
    RunningSimulator sim(Generated());
    const auto result = [&](const std::string& target) {
        return GetJson(sim.port(), "/v5/market/" + target)["result"];
    };
    const Json page = result("instruments-info?category=linear&limit=1");
    ASSERT_EQ(page["list"].size(), 1u);
    const std::string cursor = page["nextPageCursor"];
    const Json next = result("instruments-info?category=linear&limit=1&cursor=" + cursor);
    EXPECT_NE(next["list"][0]["symbol"], page["list"][0]["symbol"]);
    EXPECT_EQ(next["nextPageCursor"], "");
    EXPECT_EQ(result("orderbook?category=spot&symbol=BTCUSDT&limit=3")["b"].size(), 3u);
    EXPECT_EQ(result("kline?category=spot&symbol=BTCUSDT&interval=1&limit=4")["list"].size(), 4u);
    EXPECT_EQ(result("funding/history?category=linear&symbol=BTCUSDT&limit=5")["list"].size(), 5u);
    EXPECT_EQ(
        GetJson(sim.port(), "/v5/market/orderbook?category=linear&symbol=NO")["retCode"], 10001
    );
}

TEST(BybitSimulator, CountsFromOneAfterARestart) {
    RunningSimulator sim(Generated());
    const std::string topic = "orderbook.50.BTCUSDT";
    WsClient client(sim.port(), kLinear);
    Subscribe(client, {topic});
    Book book;
    book.Take(NextOf(client, topic));
    AddFault(sim.port(), {{"kind", "id_reset"}, {"symbol", "linear:BTCUSDT"}});
    while (book.update() != 1) book.Take(NextOf(client, topic));
    for (int i = 0; i < 5; ++i) book.Take(NextOf(client, topic));
    EXPECT_EQ(book.update(), 6);
    AddFault(sim.port(), {{"kind", "drop_delta"}, {"symbol", "linear:BTCUSDT"}});
    std::int64_t last = 6;
    int breaks = 0;
    for (int i = 0; i < 8; ++i) {
        const std::int64_t update = NextOf(client, topic)["data"]["u"];
        if (update != last + 1) ++breaks;
        last = update;
    }
    EXPECT_EQ(breaks, 1);
}

TEST(BybitReplay, GivesALateComerTheBookAndTheWholeTicker) {
    CaptureWriter capture("sim_bybit", "linear", "bybit");
    capture.Message(
        R"({"topic":"tickers.AUSDT","type":"snapshot","data":{"symbol":"AUSDT","lastPrice":"1",)"
        R"("markPrice":"2"},"cs":1,"ts":1700000000000})"
    );
    capture.Message(
        R"({"topic":"orderbook.50.AUSDT","type":"snapshot","ts":1700000000000,"data":{"s":"AUSDT",)"
        R"("b":[["10","1"]],"a":[["11","1"]],"u":100,"seq":5},"cts":1699999999999})"
    );
    const auto delta = [](int update) {
        return R"({"topic":"orderbook.50.AUSDT","type":"delta","ts":1700000000001,"data":)"
               R"({"s":"AUSDT","b":[["10",")" +
               std::to_string(update) + R"("]],"a":[],"u":)" + std::to_string(update) +
               R"(,"seq":6},"cts":1700000000000})";
    };
    capture.Message(delta(101));
    capture.Message(
        R"({"topic":"tickers.AUSDT","type":"delta","data":{"symbol":"AUSDT","lastPrice":"3"},)"
        R"("cs":2,"ts":1700000000005})"
    );
    for (int update = 102; update < 2000; ++update) capture.Message(delta(update));
    Options options;
    options.replay = capture.Finish();
    options.speed = 0;
    options.faults.push_back(*ParseFault("at=1000,kind=cut"));
    RunningSimulator sim(options);
    const Json topics{"orderbook.50.AUSDT", "tickers.AUSDT"};
    {
        WsClient client(sim.port(), kLinear);
        Subscribe(client, topics);
        client.ReadToEnd();
    }
    EXPECT_TRUE(Eventually([&] { return SimStatus(sim.port())["connections"] == 0; }));
    WsClient client(sim.port(), kLinear);
    Subscribe(client, topics);
    Book book;
    book.Take(NextOf(client, "orderbook.50.AUSDT"));
    const Json ticker = NextOf(client, "tickers.AUSDT");
    EXPECT_EQ(ticker["type"], "snapshot");
    EXPECT_EQ(ticker["data"]["lastPrice"], "3");
    EXPECT_EQ(ticker["data"]["markPrice"], "2");
    while (book.update() < 1999) book.Take(NextOf(client, "orderbook.50.AUSDT"));
    const Json rest =
        GetJson(sim.port(), "/v5/market/orderbook?category=linear&symbol=AUSDT&limit=5");
    EXPECT_EQ(rest["result"]["u"], 1999);
}

}  // namespace
}  // namespace mp::sim::testing
