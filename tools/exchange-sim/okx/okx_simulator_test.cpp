#include <gtest/gtest.h>
#include <map>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/okx/checksum.hpp"
#include "exchange-sim/okx/okx_client.hpp"

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
