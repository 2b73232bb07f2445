#include <gtest/gtest.h>
#include <map>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/okx/checksum.hpp"
#include "exchange-sim/test_client.hpp"

namespace mp::sim::testing {
namespace {

Options Generated() {
    Options options;
    options.generate = true;
    options.venues = "okx";
    options.symbols = "BTC-USDT,ETH-USDT";
    options.rate = 2000;
    return options;
}

Json Arg(const std::string& channel, const std::string& instrument) {
    return {{"channel", channel}, {"instId", instrument}};
}

void Request(WsClient& client, const std::string& op, const Json& arg) {
    client.Send(Json{{"id", "1"}, {"op", op}, {"args", Json::array({arg})}}.dump());
}

// A client's book: what its stream said, by price.
class Book {
  public:
    void Take(const Json& message) {
        const Json& row = message["data"][0];
        if (message["action"] == "snapshot") {
            bids_.clear();
            asks_.clear();
        } else {
            EXPECT_EQ(row["prevSeqId"], sequence_);
        }
        sequence_ = row["seqId"];
        Apply(row["bids"], bids_);
        Apply(row["asks"], asks_);
        EXPECT_EQ(row["checksum"], okx::Checksum(List(bids_), List(asks_)));
    }
    std::size_t depth() const { return bids_.size(); }
    std::int64_t sequence() const { return sequence_; }

  private:
    template <typename Side>
    static void Apply(const Json& levels, Side& side) {
        for (const Json& level : levels) {
            const auto key = *ParseDecimalKey(level[0].get<std::string>());
            if (level[1] == "0") {
                EXPECT_EQ(side.erase(key), 1u);
            } else {
                side[key] = {level[0], level[1]};
            }
        }
    }
    template <typename Side>
    static std::vector<okx::TextLevel> List(const Side& side) {
        std::vector<okx::TextLevel> levels;
        for (const auto& [key, level] : side) levels.push_back(level);
        return levels;
    }

    std::map<DecimalKey, okx::TextLevel, std::greater<>> bids_;
    std::map<DecimalKey, okx::TextLevel> asks_;
    std::int64_t sequence_ = 0;
};

Json NextOf(WsClient& client, const std::string& channel) {
    while (true) {
        Json message = client.ReadJson();
        if (!message.contains("event") && message["arg"]["channel"] == channel) return message;
    }
}

TEST(OkxSimulator, AcksEachChannelAndStreamsABookThatAddsUp) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws/v5/public");
    Request(client, "subscribe", Arg("books", "BTC-USDT-SWAP"));
    const Json ack = client.ReadJson();
    EXPECT_EQ(ack["event"], "subscribe");
    EXPECT_EQ(ack["id"], "1");
    EXPECT_EQ(ack["arg"], Arg("books", "BTC-USDT-SWAP"));
    Json message = client.ReadJson();
    EXPECT_EQ(message["action"], "snapshot");
    EXPECT_EQ(message["data"][0]["prevSeqId"], -1);
    Book book;
    book.Take(message);
    EXPECT_EQ(book.depth(), 400u);
    for (int i = 0; i < 20; ++i) book.Take(client.ReadJson());
    EXPECT_EQ(book.depth(), 400u);
}

TEST(OkxSimulator, GivesALateComerTheBookWithoutDisturbingOthers) {
    RunningSimulator sim(Generated());
    WsClient first(sim.port(), "/ws/v5/public");
    Request(first, "subscribe", Arg("books", "ETH-USDT"));
    Book one;
    for (int i = 0; i < 5; ++i) one.Take(NextOf(first, "books"));
    WsClient second(sim.port(), "/ws/v5/public");
    Request(second, "subscribe", Arg("books", "ETH-USDT"));
    Book two;
    for (int i = 0; i < 10; ++i) two.Take(NextOf(second, "books"));
    while (one.sequence() < two.sequence()) one.Take(NextOf(first, "books"));
    EXPECT_EQ(one.sequence(), two.sequence());
}

TEST(OkxSimulator, NumbersTradesWithoutHoles) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws/v5/business");
    Request(client, "subscribe", Arg("trades-all", "BTC-USDT"));
    std::int64_t last = 0;
    for (int i = 0; i < 50; ++i) {
        const Json row = NextOf(client, "trades-all")["data"][0];
        const std::int64_t id = std::stoll(row["tradeId"].get<std::string>());
        EXPECT_TRUE(last == 0 || id == last + 1) << last << " " << id;
        last = id;
    }
    const Json history = GetJson(
        sim.port(),
        "/api/v5/market/history-trades?instId=BTC-USDT&limit=3&after=" + std::to_string(last + 1)
    );
    ASSERT_EQ(history["data"].size(), 3u);
    EXPECT_EQ(history["data"][0]["tradeId"], std::to_string(last));
    EXPECT_EQ(history["data"][2]["tradeId"], std::to_string(last - 2));
}

TEST(OkxSimulator, SendsEveryTypeOfAContract) {
    Options options = Generated();
    options.symbols = "BTC-USDT";
    RunningSimulator sim(options);
    WsClient client(sim.port(), "/ws/v5/public");
    for (const char* channel :
         {"bbo-tbt", "tickers", "mark-price", "open-interest", "funding-rate", "books5"}) {
        Request(client, "subscribe", Arg(channel, "BTC-USDT-SWAP"));
    }
    Request(client, "subscribe", {{"channel", "liquidation-orders"}, {"instType", "SWAP"}});
    EXPECT_EQ(NextOf(client, "bbo-tbt")["data"][0]["bids"].size(), 1u);
    EXPECT_EQ(NextOf(client, "books5")["data"][0]["bids"].size(), 5u);
    EXPECT_EQ(NextOf(client, "mark-price")["data"][0]["instId"], "BTC-USDT-SWAP");
    const Json ticker = NextOf(client, "tickers")["data"][0];
    EXPECT_EQ(ticker["instType"], "SWAP");
    EXPECT_TRUE(NextOf(client, "open-interest")["data"][0].contains("oi"));
    EXPECT_EQ(
        NextOf(client, "liquidation-orders")["data"][0]["details"][0]["side"].is_string(), true
    );
}

TEST(OkxSimulator, AnswersPingsAndMistakes) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws/v5/public");
    client.Send("ping");
    EXPECT_EQ(client.Read(), "pong");
    Request(client, "subscribe", Arg("trades-all", "BTC-USDT"));  // not at this address
    EXPECT_EQ(client.ReadJson()["code"], "60018");
    Request(client, "subscribe", Arg("books", "NO-SUCH"));
    EXPECT_EQ(client.ReadJson()["code"], "60018");
    client.Send("{not json");
    EXPECT_EQ(client.ReadJson()["code"], "60012");
}

TEST(OkxSimulator, ClosesAConnectionOnWhichNothingHappens) {
    Options options = Generated();
    options.ws.pong_timeout = std::chrono::milliseconds(600);
    RunningSimulator sim(options);
    WsClient client(sim.port(), "/ws/v5/public");
    const auto end = client.ReadToEnd();
    EXPECT_TRUE(end.closed_properly);
    EXPECT_EQ(end.code, 4004);
}

TEST(OkxSimulator, AnswersRest) {
    RunningSimulator sim(Generated());
    const Json swaps = GetJson(sim.port(), "/api/v5/public/instruments?instType=SWAP");
    ASSERT_EQ(swaps["data"].size(), 2u);
    EXPECT_EQ(swaps["data"][0]["instId"], "BTC-USDT-SWAP");
    EXPECT_EQ(swaps["data"][0]["ctVal"], "0.01");
    const Json book = GetJson(sim.port(), "/api/v5/market/books?instId=BTC-USDT&sz=7");
    EXPECT_EQ(book["data"][0]["bids"].size(), 7u);
    EXPECT_EQ(GetJson(sim.port(), "/api/v5/market/books?instId=NO")["code"], "51001");
    const Json candles = GetJson(sim.port(), "/api/v5/market/candles?instId=BTC-USDT&limit=5");
    EXPECT_EQ(candles["data"].size(), 5u);
    EXPECT_EQ(candles["data"][0].size(), 9u);
    const Json rates =
        GetJson(sim.port(), "/api/v5/public/funding-rate-history?instId=BTC-USDT-SWAP&limit=4");
    EXPECT_EQ(rates["data"].size(), 4u);
}

TEST(OkxSimulator, RefusesTooManyRequests) {
    RunningSimulator sim(Generated());
    const std::string target = "/api/v5/public/instruments?instType=SPOT";
    for (int i = 0; i < 20; ++i) ASSERT_EQ(Get(sim.port(), target).status, 200u);
    const Reply refused = Get(sim.port(), target);
    EXPECT_EQ(refused.status, 429u);
    EXPECT_EQ(refused.json()["code"], "50011");
}

TEST(OkxSimulator, BreaksTheChainByADroppedUpdate) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws/v5/public");
    Request(client, "subscribe", Arg("books", "BTC-USDT"));
    std::int64_t last = NextOf(client, "books")["data"][0]["seqId"];
    AddFault(sim.port(), {{"kind", "drop_delta"}, {"symbol", "BTC-USDT"}});
    int breaks = 0;
    for (int i = 0; i < 20; ++i) {
        const Json row = NextOf(client, "books")["data"][0];
        if (row["prevSeqId"] != last) ++breaks;
        last = row["seqId"];
    }
    EXPECT_EQ(breaks, 1);
}

TEST(OkxSimulator, SpoilsOneChecksum) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws/v5/public");
    Request(client, "subscribe", Arg("books", "BTC-USDT"));
    AddFault(sim.port(), {{"kind", "bad_checksum"}, {"symbol", "BTC-USDT"}});
    std::map<DecimalKey, okx::TextLevel, std::greater<>> bids;
    std::map<DecimalKey, okx::TextLevel> asks;
    const auto apply = [](const Json& levels, auto& side) {
        for (const Json& level : levels) {
            const auto key = *ParseDecimalKey(level[0].get<std::string>());
            if (level[1] == "0") {
                side.erase(key);
            } else {
                side[key] = {level[0], level[1]};
            }
        }
    };
    const auto list = [](const auto& side) {
        std::vector<okx::TextLevel> levels;
        for (const auto& [key, level] : side) levels.push_back(level);
        return levels;
    };
    int wrong = 0;
    for (int i = 0; i < 20; ++i) {
        const Json row = NextOf(client, "books")["data"][0];
        apply(row["bids"], bids);
        apply(row["asks"], asks);
        if (row["checksum"] != okx::Checksum(list(bids), list(asks))) ++wrong;
    }
    EXPECT_EQ(wrong, 1);
}

TEST(OkxSimulator, NumbersAnewAndSendsTheBookAgainOnCommand) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws/v5/public");
    Request(client, "subscribe", Arg("books", "BTC-USDT"));
    Book book;
    book.Take(NextOf(client, "books"));
    AddFault(sim.port(), {{"kind", "id_reset"}, {"symbol", "BTC-USDT"}});
    const std::int64_t before = book.sequence();
    for (int i = 0; i < 5; ++i) book.Take(NextOf(client, "books"));
    EXPECT_LT(book.sequence(), before);
    AddFault(sim.port(), {{"kind", "resnapshot"}, {"symbol", "BTC-USDT"}});
    int snapshots = 0;
    for (int i = 0; i < 8; ++i) {
        const Json message = NextOf(client, "books");
        if (message["action"] == "snapshot") ++snapshots;
        book.Take(message);
    }
    EXPECT_EQ(snapshots, 1);
}

TEST(OkxSimulator, AnswersSubscriptionsOddlyOnCommand) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws/v5/public");
    AddFault(sim.port(), {{"kind", "ack"}, {"variant", "late"}});
    Request(client, "subscribe", Arg("books", "BTC-USDT"));
    EXPECT_EQ(client.ReadJson()["action"], "snapshot");
    Json message = client.ReadJson();
    while (!message.contains("event")) message = client.ReadJson();
    EXPECT_EQ(message["event"], "subscribe");
    AddFault(sim.port(), {{"kind", "ack"}, {"variant", "refused"}});
    Request(client, "subscribe", Arg("tickers", "BTC-USDT"));
    while (message.value("event", "") != "error") message = client.ReadJson();
    EXPECT_EQ(message["code"], "60018");
    AddFault(sim.port(), {{"kind", "ack"}, {"variant", "odd"}});
    Request(client, "subscribe", Arg("tickers", "BTC-USDT"));
    while (message.value("event", "") != "subscribe") message = client.ReadJson();
    EXPECT_TRUE(message.contains("connCount"));
    AddFault(sim.port(), {{"kind", "error_frame"}});
    while (message.value("event", "") != "error") message = client.ReadJson();
    AddFault(sim.port(), {{"kind", "shutdown_notice"}});
    while (message.value("event", "") != "notice") message = client.ReadJson();
    EXPECT_EQ(message["code"], "64008");
}

std::string Delta(int previous, int last) {
    return R"({"arg":{"channel":"books","instId":"A-USDT"},"action":"update","data":[{"asks":[],)"
           R"("bids":[["10",")" +
           std::to_string(last) + R"(","0","1"]],"ts":"1700000000001","checksum":0,"prevSeqId":)" +
           std::to_string(previous) + R"(,"seqId":)" + std::to_string(last) + "}]}";
}

TEST(OkxReplay, ServesACaptureAsItWasAndItsBookToWhoComesLater) {
    CaptureWriter capture("sim_okx", "spot", "okx");
    const std::string ack = R"({"event":"subscribe","arg":{"channel":"books","instId":"A-USDT"}})";
    const std::string snapshot =
        R"({"arg":{"channel":"books","instId":"A-USDT"},"action":"snapshot","data":[{"asks":)"
        R"([["11","1","0","1"]],"bids":[["10","5","0","1"]],"ts":"1700000000000","checksum":0,)"
        R"("prevSeqId":-1,"seqId":5}]})";
    const std::string trade =
        R"({"arg":{"channel":"trades","instId":"A-USDT"},"data":[{"instId":"A-USDT","tradeId":)"
        R"("7","px":"10.5","sz":"1","side":"buy","ts":"1700000000000"}]})";
    capture.Message(ack);
    capture.Message(snapshot);
    capture.Message(trade);
    for (int i = 5; i < 2005; ++i) capture.Message(Delta(i, i + 1));
    Options options;
    options.replay = capture.Finish();
    options.speed = 0;
    options.faults.push_back(*ParseFault("at=1000,kind=cut"));
    RunningSimulator sim(options);
    EXPECT_EQ(SimStatus(sim.port())["waiting_for"], Json::array({"books:A-USDT", "trades:A-USDT"}));
    {
        WsClient client(sim.port(), "/ws/v5/public");
        client.Send(Json{
            {"op", "subscribe"}, {"args", {Arg("books", "A-USDT"), Arg("trades", "A-USDT")}}}
                        .dump());
        EXPECT_EQ(client.ReadJson()["event"], "subscribe");
        EXPECT_EQ(client.ReadJson()["event"], "subscribe");
        EXPECT_EQ(client.Read(), snapshot);
        EXPECT_EQ(client.Read(), trade);
        EXPECT_EQ(client.Read(), Delta(5, 6));
        client.ReadToEnd();
    }
    EXPECT_TRUE(Eventually([&] { return SimStatus(sim.port())["connections"] == 0; }));
    const std::int64_t position = SimStatus(sim.port())["position"];
    WsClient client(sim.port(), "/ws/v5/public");
    client.Send(
        Json{{"op", "subscribe"}, {"args", {Arg("books", "A-USDT"), Arg("trades", "A-USDT")}}}.dump(
        )
    );
    Json message = NextOf(client, "books");
    EXPECT_EQ(message["action"], "snapshot");
    std::int64_t last = message["data"][0]["seqId"];
    EXPECT_EQ(last, position + 3);  // a snapshot and a trade were sent too, and ids began at 5
    while (last < 2005) {
        message = NextOf(client, "books");
        EXPECT_EQ(message["data"][0]["prevSeqId"], last);
        last = message["data"][0]["seqId"];
    }
    const Json rest = GetJson(sim.port(), "/api/v5/market/books?instId=A-USDT&sz=5");
    EXPECT_EQ(rest["data"][0]["seqId"], 2005);
    EXPECT_EQ(rest["data"][0]["bids"][0][1], "2005");
    EXPECT_EQ(
        GetJson(sim.port(), "/api/v5/market/trades?instId=A-USDT")["data"][0]["tradeId"], "7"
    );
}

std::string Numberless(
    const std::string& action,
    const std::string& bids,
    const std::vector<okx::TextLevel>& book  // bids, best first, as they are then
) {
    return R"({"arg":{"channel":"books","instId":"A-USDT"},"action":")" + action +
           R"(","data":[{"asks":[],"bids":[)" + bids + R"(],"ts":"1700000000000","checksum":)" +
           std::to_string(okx::Checksum(book, {})) + "}]}";
}

TEST(OkxReplay, ProvesNothingOfABookThatTheRecordingContradicts) {
    CaptureWriter capture("sim_okx_hole", "spot", "okx");
    capture.Message(Numberless("snapshot", R"(["10","5","0","1"])", {{"10", "5"}}));
    // Not in the capture: 9 at 1.
    for (int i = 1; i <= 20; ++i) {
        const std::string text = std::to_string(i);
        capture.Message(Numberless(
            "update", R"(["8",")" + text + R"(","0","1"])", {{"10", "5"}, {"9", "1"}, {"8", text}}
        ));
    }
    const std::vector<okx::TextLevel> whole{{"10", "5"}, {"9", "2"}, {"8", "20"}};
    capture.Message(Numberless("update", R"(["9","2","0","1"])", whole));
    Options options;
    options.replay = capture.Finish();
    options.speed = 0;
    options.faults.push_back(*ParseFault("at=10,kind=cut"));
    RunningSimulator sim(options);
    {
        WsClient first(sim.port(), "/ws/v5/public");
        Request(first, "subscribe", Arg("books", "A-USDT"));
        first.ReadToEnd();
    }
    EXPECT_TRUE(Eventually([&] { return SimStatus(sim.port())["connections"] == 0; }));
    WsClient second(sim.port(), "/ws/v5/public");
    Request(second, "subscribe", Arg("books", "A-USDT"));
    EXPECT_EQ(second.ReadJson()["event"], "subscribe");
    const Json snapshot = NextOf(second, "books");
    EXPECT_EQ(snapshot["action"], "snapshot");
    EXPECT_EQ(snapshot["data"][0]["checksum"], 0);
    int unproven = 0;
    Json row = NextOf(second, "books")["data"][0];
    for (; row["checksum"] == 0; row = NextOf(second, "books")["data"][0]) ++unproven;
    EXPECT_EQ(unproven, 11);
    EXPECT_EQ(row["bids"][0][1], "2");
    EXPECT_EQ(row["checksum"], okx::Checksum(whole, {}));
}

TEST(OkxSimulator, IsServedBesideBinanceAtOneAddress) {
    Options options = Generated();
    options.venues = "binance,okx";
    RunningSimulator sim(options);
    WsClient binance(sim.port(), "/ws/btcusdt@trade");
    EXPECT_EQ(binance.ReadJson()["e"], "trade");
    WsClient okx(sim.port(), "/ws/v5/public");
    Request(okx, "subscribe", Arg("tickers", "BTC-USDT"));
    EXPECT_EQ(okx.ReadJson()["event"], "subscribe");
    EXPECT_EQ(GetJson(sim.port(), "/api/v3/depth?symbol=BTCUSDT&limit=5")["bids"].size(), 5u);
    EXPECT_EQ(GetJson(sim.port(), "/api/v5/public/time")["code"], "0");
}

TEST(OkxSimulator, ServesARecordedMarketAtFullSpeed) {
    Options options = Generated();
    options.symbols = "BTC-USDT";
    options.burst = true;
    options.count = 20'000;
    options.start_when_subscribed = false;
    options.faults.push_back(*ParseFault("kind=silent,seconds=0.3"));
    RunningSimulator sim(options);
    WsClient client(sim.port(), "/ws/v5/public");
    Request(client, "subscribe", Arg("books", "BTC-USDT"));
    Book book;
    Json message = NextOf(client, "books");
    EXPECT_EQ(message["action"], "snapshot");
    book.Take(message);
    for (int i = 0; i < 10; ++i) book.Take(NextOf(client, "books"));
}

}  // namespace
}  // namespace mp::sim::testing
