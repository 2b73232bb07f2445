#include <gtest/gtest.h>
#include <map>

#include "exchange-sim/test_client.hpp"

namespace mp::sim::testing {
namespace {

constexpr const char* kAddress = "/ws/api/v2";

Options Generated() {
    Options options;
    options.generate = true;
    options.venues = "deribit";
    options.symbols = "BTC-USDT,SOL-USDT";
    options.rate = 2000;
    return options;
}

void Call(WsClient& client, const std::string& method, const Json& params, int id = 7) {
    client.Send(Json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump()
    );
}

void Subscribe(WsClient& client, const Json& channels) {
    Call(client, "public/subscribe", {{"channels", channels}});
}

Json AnswerOf(WsClient& client) {
    while (true) {
        Json message = client.ReadJson();
        if (message.contains("id")) return message;
    }
}

Json NextOf(WsClient& client, const std::string& channel) {
    while (true) {
        Json message = client.ReadJson();
        if (message.contains("params") && message["params"].value("channel", "") == channel) {
            return message["params"]["data"];
        }
    }
}

// A client's book, by price.
class Book {
  public:
    void Take(const Json& data) {
        if (data["type"] == "snapshot") {
            bids_.clear();
            asks_.clear();
            EXPECT_FALSE(data.contains("prev_change_id"));
        } else {
            EXPECT_EQ(data["prev_change_id"], change_id_);
        }
        change_id_ = data["change_id"];
        Apply(data["bids"], bids_);
        Apply(data["asks"], asks_);
        if (!bids_.empty() && !asks_.empty()) {
            EXPECT_LT(bids_.rbegin()->first, asks_.begin()->first);
        }
    }
    std::int64_t change_id() const { return change_id_; }

  private:
    static void Apply(const Json& entries, std::map<double, double>& side) {
        for (const Json& entry : entries) {
            const bool known = side.contains(entry[1].get<double>());
            EXPECT_EQ(known, entry[0] != "new") << entry;
            if (entry[0] == "delete") {
                EXPECT_EQ(entry[2], 0.0);
                side.erase(entry[1].get<double>());
            } else {
                side[entry[1].get<double>()] = entry[2];
            }
        }
    }

    std::map<double, double> bids_;
    std::map<double, double> asks_;
    std::int64_t change_id_ = 0;
};

TEST(DeribitSimulator, AcksWhatExistsAndStreamsABookThatAddsUp) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kAddress);
    Subscribe(client, {"book.BTC-PERPETUAL.100ms", "book.NO-SUCH.100ms", "quote.BTC-PERPETUAL"});
    const Json ack = client.ReadJson();
    EXPECT_EQ(ack["id"], 7);
    EXPECT_EQ(ack["result"], Json::array({"quote.BTC-PERPETUAL", "book.BTC-PERPETUAL.100ms"}));
    Book book;
    for (int i = 0; i < 20; ++i) book.Take(NextOf(client, "book.BTC-PERPETUAL.100ms"));
}

TEST(DeribitSimulator, NumbersTradesWithoutHoles) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kAddress);
    Subscribe(client, {"trades.BTC-PERPETUAL.100ms"});
    std::int64_t last = 0;
    int liquidations = 0;
    for (int i = 0; i < 120; ++i) {
        const Json row = NextOf(client, "trades.BTC-PERPETUAL.100ms")[0];
        const std::int64_t sequence = row["trade_seq"];
        EXPECT_TRUE(last == 0 || sequence == last + 1);
        if (row.contains("liquidation")) ++liquidations;
        last = sequence;
    }
    EXPECT_GE(liquidations, 2);
    const Json rows = GetJson(
        sim.port(),
        "/api/v2/public/get_last_trades_by_instrument?instrument_name=BTC-PERPETUAL&start_seq=3"
        "&end_seq=9&count=5"
    )["result"];
    EXPECT_EQ(rows["has_more"], true);
    ASSERT_EQ(rows["trades"].size(), 5u);
    EXPECT_EQ(rows["trades"][0]["trade_seq"], 3);
}

TEST(DeribitSimulator, SendsEveryType) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kAddress);
    Subscribe(
        client,
        {"ticker.BTC-PERPETUAL.100ms",
         "ticker.SOL_USDC-PERPETUAL.100ms",
         "quote.BTC-PERPETUAL",
         "chart.trades.BTC-PERPETUAL.1"}
    );
    EXPECT_TRUE(NextOf(client, "quote.BTC-PERPETUAL").contains("best_bid_amount"));
    const Json ticker = NextOf(client, "ticker.BTC-PERPETUAL.100ms");
    for (const char* key : {"mark_price", "index_price", "open_interest", "current_funding"}) {
        EXPECT_TRUE(ticker[key].is_number()) << key;
    }
    // Of an inverse contract the volume counts the coin.
    EXPECT_LT(ticker["stats"]["volume"], ticker["stats"]["volume_usd"]);
    EXPECT_GT(NextOf(client, "chart.trades.BTC-PERPETUAL.1")["tick"], 0);
}

TEST(DeribitSimulator, ListsPerpetualsAndOptions) {
    RunningSimulator sim(Generated());
    const std::string path = "/api/v2/public/get_instruments?currency=any&kind=";
    const Json futures = GetJson(sim.port(), path + "future")["result"];
    ASSERT_EQ(futures.size(), 2u);
    EXPECT_EQ(futures[0]["instrument_name"], "BTC-PERPETUAL");
    EXPECT_EQ(futures[0]["instrument_type"], "reversed");
    const Json options = GetJson(sim.port(), path + "option")["result"];
    ASSERT_EQ(options.size(), 2u);
    EXPECT_EQ(options[0]["base_currency"], "BTC");
    const Json book = GetJson(
        sim.port(), "/api/v2/public/get_order_book?instrument_name=BTC-PERPETUAL&depth=3"
    )["result"];
    EXPECT_EQ(book["bids"].size(), 3u);
    const Reply unknown =
        Get(sim.port(), "/api/v2/public/get_order_book?instrument_name=NO&depth=3");
    EXPECT_EQ(unknown.status, 400u);
    EXPECT_EQ(unknown.json()["error"]["code"], -32602);
}

TEST(DeribitSimulator, AnswersMethodsOnASocket) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kAddress);
    Call(client, "public/get_time", Json::object());
    EXPECT_TRUE(AnswerOf(client)["result"].is_number());
    Call(client, "public/get_order_book", {{"instrument_name", "BTC-PERPETUAL"}, {"depth", 2}});
    EXPECT_EQ(AnswerOf(client)["result"]["asks"].size(), 2u);
    Call(client, "public/nonsense", Json::object());
    EXPECT_EQ(AnswerOf(client)["error"]["code"], -32601);
    client.Send("{not json");
    EXPECT_EQ(AnswerOf(client)["error"]["code"], -32700);
    Call(client, "public/subscribe", {{"channels", "no list"}});
    EXPECT_EQ(AnswerOf(client)["error"]["code"], -32602);
}

TEST(DeribitSimulator, GivesRawStreamsToThoseItKnows) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kAddress);
    Subscribe(client, {"book.BTC-PERPETUAL.raw"});
    EXPECT_EQ(AnswerOf(client)["error"]["code"], 13778);
    Call(client, "public/auth", {{"client_id", "a"}, {"client_secret", "b"}});
    EXPECT_TRUE(AnswerOf(client)["result"].contains("access_token"));
    Subscribe(client, {"book.BTC-PERPETUAL.raw"});
    Book book;
    for (int i = 0; i < 50; ++i) book.Take(NextOf(client, "book.BTC-PERPETUAL.raw"));
}

TEST(DeribitSimulator, CutsWhoLeavesATestRequestUnanswered) {
    Options options = Generated();
    options.ws.ping_interval = std::chrono::milliseconds(200);
    RunningSimulator sim(options);
    WsClient client(sim.port(), kAddress);
    Call(client, "public/set_heartbeat", {{"interval", 5}});
    EXPECT_EQ(AnswerOf(client)["error"]["code"], -32602);
    Call(client, "public/set_heartbeat", {{"interval", 10}});
    EXPECT_EQ(AnswerOf(client)["result"], "ok");
    for (int i = 0; i < 3; ++i) {
        const Json message = client.ReadJson();
        EXPECT_EQ(message["method"], "heartbeat");
        EXPECT_EQ(message["params"]["type"], "test_request");
        Call(client, "public/test", Json::object());
        EXPECT_TRUE(AnswerOf(client)["result"].contains("version"));
    }
    EXPECT_EQ(client.ReadJson()["method"], "heartbeat");
    EXPECT_FALSE(client.ReadToEnd().closed_properly);
}

TEST(DeribitSimulator, CutsWhoseAnswerToATestRequestIsLost) {
    Options options = Generated();
    options.ws.ping_interval = std::chrono::milliseconds(200);
    RunningSimulator sim(options);
    WsClient client(sim.port(), kAddress);
    Call(client, "public/set_heartbeat", {{"interval", 10}});
    EXPECT_EQ(AnswerOf(client)["result"], "ok");
    AddFault(sim.port(), {{"kind", "no_answer"}});
    EXPECT_EQ(client.ReadJson()["method"], "heartbeat");
    Call(client, "public/test", Json::object());
    EXPECT_FALSE(client.ReadToEnd().closed_properly);
}

TEST(DeribitSimulator, ClosesOnTooManySubscriptions) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kAddress);
    for (int i = 0; i < 14; ++i) Subscribe(client, {"quote.BTC-PERPETUAL"});
    Json message = client.ReadJson();
    while (!message.contains("error")) message = client.ReadJson();
    EXPECT_EQ(message["error"]["code"], 10028);
    EXPECT_TRUE(client.ReadToEnd().closed_properly);
}

TEST(DeribitSimulator, BreaksChainsAndBeginsAnewOnCommand) {
    RunningSimulator sim(Generated());
    const std::string channel = "book.BTC-PERPETUAL.100ms";
    WsClient client(sim.port(), kAddress);
    Subscribe(client, {channel});
    std::int64_t last = NextOf(client, channel)["change_id"];
    AddFault(sim.port(), {{"kind", "drop_delta"}, {"symbol", "BTC-PERPETUAL"}});
    int breaks = 0;
    for (int i = 0; i < 15; ++i) {
        const Json data = NextOf(client, channel);
        if (data["prev_change_id"] != last) ++breaks;
        last = data["change_id"];
    }
    EXPECT_EQ(breaks, 1);
    AddFault(sim.port(), {{"kind", "resnapshot"}, {"symbol", "BTC-PERPETUAL"}});
    int snapshots = 0;
    for (int i = 0; i < 8; ++i) {
        if (NextOf(client, channel)["type"] == "snapshot") ++snapshots;
    }
    EXPECT_EQ(snapshots, 1);
}

TEST(DeribitSimulator, AnswersSubscriptionsOddlyOnCommand) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kAddress);
    AddFault(sim.port(), {{"kind", "ack"}, {"variant", "late"}});
    Subscribe(client, {"book.BTC-PERPETUAL.100ms"});
    EXPECT_EQ(client.ReadJson()["params"]["data"]["type"], "snapshot");
    EXPECT_EQ(AnswerOf(client)["result"].size(), 1u);
    AddFault(sim.port(), {{"kind", "ack"}, {"variant", "odd"}});
    Subscribe(client, {"quote.BTC-PERPETUAL"});
    EXPECT_TRUE(AnswerOf(client).contains("hint"));
    AddFault(sim.port(), {{"kind", "ack"}, {"variant", "refused"}});
    Subscribe(client, {"trades.BTC-PERPETUAL.100ms"});
    EXPECT_TRUE(AnswerOf(client).contains("error"));
    AddFault(sim.port(), {{"kind", "error_frame"}});
    Json message = client.ReadJson();
    while (!message.contains("error")) message = client.ReadJson();
    EXPECT_FALSE(message.contains("id"));
}

std::string Notification(const std::string& channel, const std::string& data) {
    return R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":")" + channel +
           R"(","data":)" + data + "}}";
}

std::string Change(int previous, int last) {
    return R"({"type":"change","timestamp":1617644858339,"prev_change_id":)" +
           std::to_string(previous) + R"(,"instrument_name":"ETH-9APR21-1950-C","change_id":)" +
           std::to_string(last) + R"(,"bids":[["change",0.0795,)" + std::to_string(last) +
           R"(.0]],"asks":[]})";
}

TEST(DeribitReplay, ServesRawRecordingsAsThoseThatOneMayHave) {
    const std::string name = "book.ETH-9APR21-1950-C.";
    const std::string snapshot =
        R"({"type":"snapshot","timestamp":1617644854288,"instrument_name":"ETH-9APR21-1950-C",)"
        R"("change_id":5,"bids":[["new",0.0795,4.0]],"asks":[]})";
    CaptureWriter capture("sim_deribit", "option", "deribit");
    capture.Message(R"({"jsonrpc":"2.0","id":0,"result":["book.ETH-9APR21-1950-C.raw"]})");
    capture.Message(Notification(name + "raw", snapshot));
    for (int i = 5; i < 2005; ++i) capture.Message(Notification(name + "raw", Change(i, i + 1)));
    Options options;
    options.replay = capture.Finish();
    options.speed = 0;
    options.faults.push_back(*ParseFault("at=1000,kind=cut"));
    RunningSimulator sim(options);
    {
        WsClient client(sim.port(), kAddress);
        Subscribe(client, {name + "100ms"});
        client.ReadJson();
        EXPECT_EQ(client.Read(), Notification(name + "100ms", snapshot));
        EXPECT_EQ(client.Read(), Notification(name + "100ms", Change(5, 6)));
        client.ReadToEnd();
    }
    EXPECT_TRUE(Eventually([&] { return SimStatus(sim.port())["connections"] == 0; }));
    WsClient client(sim.port(), kAddress);
    Subscribe(client, {name + "100ms"});
    Json data = NextOf(client, name + "100ms");
    EXPECT_EQ(data["type"], "snapshot");
    std::int64_t last = data["change_id"];
    EXPECT_EQ(last, 1004);
    while (last < 2005) {
        data = NextOf(client, name + "100ms");
        EXPECT_EQ(data["prev_change_id"], last);
        last = data["change_id"];
    }
    const Json book = GetJson(
        sim.port(), "/api/v2/public/get_order_book?instrument_name=ETH-9APR21-1950-C&depth=5"
    )["result"];
    EXPECT_EQ(book["change_id"], 2005);
    EXPECT_EQ(book["bids"][0][1], 2005.0);
}

TEST(Simulator, ServesThreeExchangesAtOneAddress) {
    Options options = Generated();
    options.venues = "binance,okx,deribit";
    options.emit_config = "sim_three.yaml";
    RunningSimulator sim(options);
    std::ifstream in(options.emit_config);
    const std::string config((std::istreambuf_iterator<char>(in)), {});
    for (const char* entry :
         {"binance_spot:", "okx_spot:", "okx_linear:", "deribit_inverse:", "deribit_option:"}) {
        EXPECT_NE(config.find(entry), std::string::npos) << entry;
    }
    std::filesystem::remove(options.emit_config);
    WsClient binance(sim.port(), "/ws/btcusdt@trade");
    EXPECT_EQ(binance.ReadJson()["e"], "trade");
    WsClient deribit(sim.port(), kAddress);
    Subscribe(deribit, {"quote.BTC-PERPETUAL"});
    EXPECT_TRUE(NextOf(deribit, "quote.BTC-PERPETUAL").contains("timestamp"));
}

TEST(Simulator, RefusesExchangesThatItDoesNotKnow) {
    Options options = Generated();
    options.venues = "deribit,atlantis";
    EXPECT_THROW(RunningSimulator{options}, std::runtime_error);
}

}  // namespace
}  // namespace mp::sim::testing
