#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exchange-sim/binance/exchange_info.hpp"
#include "exchange-sim/binance/market_kind.hpp"
#include "exchange-sim/binance/message_name.hpp"
#include "exchange-sim/binance/stream_name.hpp"
#include "exchange-sim/binance/text_book.hpp"
#include "exchange-sim/binance/weight.hpp"

namespace mp::sim::binance {
namespace {

TEST(StreamName, ReadsEveryKind) {
    EXPECT_EQ(StreamName::Parse("btcusdt@trade")->channel, Channel::kTrade);
    EXPECT_EQ(StreamName::Parse("btcusdt@trade")->symbol, "BTCUSDT");
    EXPECT_EQ(StreamName::Parse("btcusdt@depth")->channel, Channel::kDepth);
    EXPECT_EQ(StreamName::Parse("btcusdt@depth@100ms")->channel, Channel::kDepth100ms);
    const auto partial = StreamName::Parse("btcusdt@depth20@100ms");
    EXPECT_EQ(partial->channel, Channel::kPartialDepth);
    EXPECT_EQ(partial->levels, 20);
    EXPECT_TRUE(partial->fast);
    EXPECT_EQ(StreamName::Parse("btcusdt@kline_1M")->interval, "1M");
}

TEST(StreamName, RefusesOthers) {
    for (const char* bad :
         {"btcusdt",
          "@trade",
          "btcusdt@",
          "btcusdt@depth7",
          "btcusdt@kline_7m",
          "btcusdt@depth@1s",
          ""}) {
        EXPECT_FALSE(StreamName::Parse(bad)) << bad;
    }
}

TEST(TextBook, FollowsTheDocumentedRule) {
    TextBook book;
    book.Apply(R"({"U":1,"u":5,"b":[["1.0","9"]],"a":[]})");
    EXPECT_FALSE(book.current());
    book.Seed(R"({"lastUpdateId":7,"bids":[["9.50","1"],["10.5","2"]],"asks":[["11.0","3"]]})");
    EXPECT_TRUE(book.current());
    book.Apply(R"({"U":6,"u":8,"b":[["10.5","0.000"]],"a":[["11.50","4"]]})");
    book.Apply(R"({"U":9,"u":9,"b":[],"a":[["11.0","5"]]})");
    EXPECT_TRUE(book.current());
    EXPECT_EQ(
        book.Render(5000),
        R"({"lastUpdateId":9,"bids":[["9.50","1"]],"asks":[["11.0","5"],["11.50","4"]]})"
    );
    EXPECT_EQ(book.Render(1), R"({"lastUpdateId":9,"bids":[["9.50","1"]],"asks":[["11.0","5"]]})");
    book.Apply(R"({"U":11,"u":12,"b":[],"a":[]})");
    EXPECT_FALSE(book.current());
}

TEST(TextBook, UsesDeltasThatOvertookTheSnapshot) {
    TextBook book;
    book.Apply(R"({"U":1,"u":5,"b":[["1","5"]],"a":[]})");
    book.Apply(R"({"U":6,"u":8,"b":[["1","8"]],"a":[]})");
    book.Seed(R"({"lastUpdateId":6,"bids":[["1","6"]],"asks":[]})");
    book.Apply(R"({"U":9,"u":9,"b":[["2","9"]],"a":[]})");
    EXPECT_TRUE(book.current());
    EXPECT_EQ(book.Render(9), R"({"lastUpdateId":9,"bids":[["2","9"],["1","8"]],"asks":[]})");
}

TEST(WeightLimiter, CountsPerMinuteAndClient) {
    RequestTally tally;
    WeightLimiter limiter("binance", 100, tally);
    EXPECT_EQ(limiter.Charge("a", 60, 60'000).used, 60);
    const auto over = limiter.Charge("a", 60, 61'000);
    EXPECT_EQ(over.verdict, WeightLimiter::Verdict::kLimited);
    EXPECT_EQ(over.retry_after_s, 59);
    EXPECT_EQ(limiter.Charge("b", 60, 61'000).verdict, WeightLimiter::Verdict::kAllowed);
    EXPECT_EQ(limiter.Charge("a", 60, 120'000).used, 60);
    const RequestTally::Budget& most = tally.budgets().at("binance a");
    EXPECT_EQ(most.limit, 100);
    EXPECT_EQ(most.most, 120);
    EXPECT_EQ(most.refused, 1u);
    EXPECT_EQ(tally.budgets().at("binance b").refused, 0u);
}

TEST(WeightLimiter, BansWhoDoesNotStop) {
    RequestTally tally;
    WeightLimiter limiter("binance", 1, tally);
    limiter.Charge("a", 1, 60'000);
    for (int i = 0; i < WeightLimiter::kRefusalsBeforeBan; ++i) {
        EXPECT_EQ(limiter.Charge("a", 1, 60'000).verdict, WeightLimiter::Verdict::kLimited);
    }
    const auto banned = limiter.Charge("a", 1, 60'000);
    EXPECT_EQ(banned.verdict, WeightLimiter::Verdict::kBanned);
    EXPECT_EQ(banned.banned_until_ms, 60'000 + WeightLimiter::kBanSeconds * 1000);
    EXPECT_EQ(limiter.Charge("a", 1, 130'000).verdict, WeightLimiter::Verdict::kBanned);
    EXPECT_EQ(limiter.Charge("a", 1, 190'000).verdict, WeightLimiter::Verdict::kAllowed);
}

TEST(ExchangeInfo, SplitsSymbolsByKnownQuotes) {
    EXPECT_EQ(GuessAssets("BTCFDUSD")->quote, "FDUSD");
    EXPECT_EQ(GuessAssets("RENBTCETH")->base, "RENBTC");
    EXPECT_FALSE(GuessAssets("USDT"));
}

TEST(ExchangeInfo, NamesContracts) {
    EXPECT_EQ(GuessContract("ETHUSDT")->canonical(), "ETH-USDT-PERP");
    EXPECT_EQ(GuessContract("BTCUSD_PERP")->canonical(), "BTC-USD-PERP");
    EXPECT_EQ(GuessContract("BTCUSD_211231")->canonical(), "BTC-USD-20211231");
    EXPECT_EQ(GuessAssets("ETHUSDT")->canonical(), "ETH-USDT");
    ExchangeInfo info;
    info.Add(*GuessContract("BTCUSD_211231"));
    const auto symbol = nlohmann::json::parse(info.Render({}, 2400))["symbols"][0];
    EXPECT_EQ(symbol["deliveryDate"], 1'640'937'600'000);
    EXPECT_EQ(symbol["contractSize"], 100);
    EXPECT_EQ(symbol["contractStatus"], "TRADING");
}

TEST(MarketKind, StreamsAreServedWhereTheyBelong) {
    EXPECT_TRUE(Serves(kSpot, "", Channel::kKline));
    EXPECT_TRUE(Serves(kLinear, "public", Channel::kPacedDepth));
    EXPECT_FALSE(Serves(kLinear, "public", Channel::kMarkPrice));
    EXPECT_TRUE(Serves(kLinear, "market", Channel::kMarkPrice));
    EXPECT_FALSE(Serves(kLinear, "", Channel::kAggTrade));
    EXPECT_TRUE(Serves(kLinear, "", Channel::kBookTicker));
    EXPECT_TRUE(Serves(kInverse, "", Channel::kAggTrade));
}

TEST(ExchangeInfo, RendersGeneratedAndRecordedSymbols) {
    ExchangeInfo info;
    info.Add({"BTCUSDT", "BTC", "USDT", 2, 5});
    info.AddRecorded(
        R"({"symbols":[{"symbol":"ETHBTC","baseAsset":"ETH","quoteAsset":"BTC","x":1}]})"
    );
    const auto all = nlohmann::json::parse(info.Render({}, 6000));
    ASSERT_EQ(all["symbols"].size(), 2u);
    EXPECT_EQ(all["symbols"][0]["filters"][0]["tickSize"], "0.01000000");
    EXPECT_EQ(all["symbols"][0]["filters"][1]["stepSize"], "0.00001000");
    EXPECT_EQ(all["rateLimits"][0]["limit"], 6000);
    EXPECT_EQ(all["symbols"][1]["x"], 1);
    EXPECT_EQ(nlohmann::json::parse(info.Render({"ETHBTC"}, 6000))["symbols"].size(), 1u);
}

CaptureLine Line(std::string raw, std::string channel = "") {
    CaptureLine line;
    line.raw = std::move(raw);
    line.channel = std::move(channel);
    return line;
}

TEST(Recording, NamesCombinedAndBareMessages) {
    const CaptureLine combined =
        Line(R"({"stream":"BTCUSDT@trade","data":{"e":"trade","s":"BTCUSDT"}})");
    const auto message = NameMessage(combined);
    EXPECT_EQ(message.stream, "btcusdt@trade");
    EXPECT_TRUE(message.wrapped);
    EXPECT_EQ(message.payload, R"({"e":"trade","s":"BTCUSDT"})");

    const CaptureLine bbo = Line(R"({"u":1,"s":"BTCUSDT","b":"1","B":"2","a":"3","A":"4"})");
    EXPECT_EQ(NameMessage(bbo).stream, "btcusdt@bookTicker");
    const CaptureLine slow = Line(R"({"e":"depthUpdate","s":"BTCUSDT"})", "depth");
    EXPECT_EQ(NameMessage(slow).stream, "btcusdt@depth");
    const CaptureLine kline = Line(R"({"e":"kline","s":"BTCUSDT","k":{"i":"1m"}})");
    EXPECT_EQ(NameMessage(kline).stream, "btcusdt@kline_1m");
    const CaptureLine ack = Line(R"({"result":null,"id":1})");
    EXPECT_EQ(NameMessage(ack).stream, "");
}

TEST(Recording, QuotesIdentities) {
    EXPECT_EQ(IdentityOf(Channel::kDepth100ms, R"({"U":1,"u":2})"), R"("U":1,"u":2)");
    EXPECT_EQ(IdentityOf(Channel::kTrade, R"({"t":5})"), R"("t":5)");
}

}  // namespace
}  // namespace mp::sim::binance
