#include "collector/venues/bybit/parse_case.hpp"

namespace mp::collector::bybit {
namespace {

using testing::D;

TEST_F(BybitParseTest, ReadsWhatIsNoMarketData) {
    const Heard ack = ExpectNotice(
        R"({"success":true,"ret_msg":"","conn_id":"d8bu","req_id":"7","op":"subscribe"})"
    );
    EXPECT_EQ(ack.kind, Notice::Kind::kAck);
    EXPECT_EQ(ack.id, 7u);
    EXPECT_EQ(ack.channel, "");
    const Heard spot =
        ExpectNotice(R"({"success":true,"ret_msg":"subscribe","conn_id":"d9","op":"unsubscribe"})");
    EXPECT_EQ(spot.kind, Notice::Kind::kAck);
    EXPECT_FALSE(spot.id);
    const Heard refusal = ExpectNotice(
        R"({"success":false,"ret_msg":"error:handler not found,topic:dcp.future","conn_id":"d9","req_id":"8","op":"subscribe"})"
    );
    EXPECT_EQ(refusal.kind, Notice::Kind::kRefused);
    EXPECT_EQ(refusal.id, 8u);
    EXPECT_EQ(refusal.channel, "") << "none of the request's topics is in force";
    EXPECT_EQ(refusal.text, "error:handler not found,topic:dcp.future");
    EXPECT_EQ(
        ExpectNotice(R"({"success":true,"ret_msg":"pong","conn_id":"d9","op":"ping"})").kind,
        Notice::Kind::kPong
    );
    EXPECT_EQ(
        ExpectNotice(R"({"op":"pong","args":["1753340040127"],"conn_id":"d1"})").kind,
        Notice::Kind::kPong
    );
}

TEST_F(BybitParseTest, WhatIsSubscribedAlreadyIsInForce) {
    ASSERT_TRUE(
        Parse(
            R"({"success":false,"ret_msg":"error:already subscribed,topic:orderbook.1.BTCUSDT","conn_id":"d9","req_id":"8","op":"subscribe"})"
        )
            .ok()
    );
    ASSERT_EQ(notices_.size(), 2u);
    EXPECT_EQ(notices_[0].kind, Notice::Kind::kAck);
    EXPECT_EQ(notices_[0].channel, "orderbook.1.BTCUSDT");
    EXPECT_EQ(notices_[1].kind, Notice::Kind::kRefused) << "whatever else was asked for";
}

TEST_F(BybitParseTest, IgnoresWhatNobodyAskedFor) {
    ExpectIgnored({
        R"({"topic":"publicTrade.DOGEUSDT","ts":1,"data":[{}]})",
        R"({"topic":"orderbook.rpi.BTCUSDT","ts":1,"data":{"b":[["1","2","3"]],"a":[]}})",
        R"({"topic":"kline.7.BTCUSDT","ts":1,"data":[{}]})",
        R"({"topic":"kline_lt.5.BTCUSDT","data":[{}],"ts":1})",
        R"({"topic":"tickers_lt.BTCUSDT","data":{},"ts":1})",
        R"({"topic":"unhandled"})",
        R"({"retCode":0,"retMsg":"OK","op":"auth","connId":"d2"})",
        "{}",
    });
}

TEST_F(BybitParseTest, TheOrderOfKeysDoesNotMatter) {
    const auto& book = Expect<model::BookSnapshot>(
        R"({ "cts" : 7, "data" : { "u": 9, "new_field":[{}], "a":[ [ "3" , "2" , "1" ] ], "b":[] }, "type":"snapshot", "ts" : 8, "topic":"orderbook.200.BTCUSDT" })"
    );
    EXPECT_EQ(book.last_update_id, 9u);
    EXPECT_EQ(seen_[0].asks[0].quantity, D("2"));
    EXPECT_EQ(seen_[0].event.order_ts, 7 * kMillisecond);
    Expect<model::Liquidation>(
        R"({"data":[{"S":"Sell","T":1,"p":"1","v":"2"}],"ts":3,"topic":"allLiquidation.BTCUSDT"})"
    );
    Expect<model::MarkPrice>(
        R"({"data":{"markPrice":"1"},"type":"snapshot","ts":3,"topic":"tickers.BTCUSDT"})"
    );
}

TEST_F(BybitParseTest, SaysWhatIsWrongAndWhoseItIs) {
    using enum ParseError;
    using model::DataType;
    const auto trade = [](std::string_view fields) {
        return Rows("publicTrade", "{" + std::string(fields) + "}");
    };
    ExpectBad(
        {
            {trade(R"("T":1,"S":"Buy","v":"1","p":"1")"), kMissing, DataType::kTrade},
            {trade(R"("T":1,"S":"Buy","v":"1","p":"1","i":"")"), kType, DataType::kTrade},
            {trade(R"("T":1,"S":"Buy","v":"1","p":"1","i":5)"), kType, DataType::kTrade},
            {trade(R"("T":1,"S":"buy","v":"1","p":"1","i":"5")"), kType, DataType::kTrade},
            {trade(R"("T":null,"S":"Buy","v":"1","p":"1","i":"5")"), kType, DataType::kTrade},
            {trade(R"("T":99999999999999,"S":"Buy","v":"1","p":"1","i":"5")"),
             kOverflow,
             DataType::kTrade},
            {trade(R"("T":1,"S":"Buy","v":"1","p":"1e99","i":"5")"), kOverflow, DataType::kTrade},
            {trade(R"("T":1,"S":"Buy","v":"1","p":"1","i":"5","seq":-1)"), kType, DataType::kTrade},
            {trade("\"T\":1,\"S\":\"Buy\",\"v\":\"1\",\"p\":\"1\",\"i\":\"\xd2\""),
             kType,
             DataType::kTrade},
            {R"({"topic":"publicTrade.BTCUSDT","data":[{}]})", kMissing, DataType::kTrade},
            {R"({"topic":"publicTrade.BTCUSDT","ts":1,"data":{}})", kType, DataType::kTrade},
            {Book("orderbook.50", "delta", R"("b":[],"u":5)"), kMissing, DataType::kBookDelta},
            {Book("orderbook.50", "delta", R"("b":[],"a":[])"), kMissing, DataType::kBookDelta},
            {Book("orderbook.50", "delta", R"("b":null,"a":[],"u":5)"),
             kType,
             DataType::kBookDelta},
            {Book("orderbook.50", "delta", R"("b":[["1"]],"a":[],"u":5)"),
             kMissing,
             DataType::kBookDelta},
            {Book("orderbook.50", "dance", R"("b":[],"a":[],"u":5)"), kType, DataType::kBookDelta},
            {Book("orderbook.1", "dance", R"("b":[],"a":[],"u":5)"), kType, DataType::kBbo},
            {R"({"topic":"orderbook.50.BTCUSDT","ts":1,"data":{"b":[],"a":[],"u":5}})",
             kMissing,
             DataType::kBookDelta},
            {R"({"topic":"orderbook.50.BTCUSDT","type":"delta","data":{"b":[],"a":[],"u":5}})",
             kMissing,
             DataType::kBookDelta},
            {Ticker("snapshot", R"("lastPrice":{})"), kType, DataType::kTicker},
            {Ticker("dance", ""), kType, DataType::kTicker},
            {Rows("kline.1", "{}"), kMissing, DataType::kKline},
            {Rows("allLiquidation", R"({"T":1,"S":"Long","v":"1","p":"1"})"),
             kType,
             DataType::kLiquidation},
        },
        kBtc
    );
    for (const char* frame :
         {"", "[]", "nonsense", "{\"a\"", "{} x", "\xff\xfe", R"({"topic":"tickers.BTCUSDT")"}) {
        EXPECT_FALSE(Parse(frame).ok()) << frame;
    }
}

TEST_F(BybitParseTest, AMessageCutAnywhereIsBad) {
    ExpectBadWhereverCut({
        Rows("publicTrade", R"({"T":1,"S":"Buy","v":"1","p":"1","i":"5","seq":7})"),
        Book("orderbook.50", "delta", R"("b":[["1","2"]],"a":[["3","4"]],"u":5)"),
        Ticker("snapshot", kWhole),
        R"({"success":true,"ret_msg":"","conn_id":"d8bu","req_id":"7","op":"subscribe"})",
    });
}

}  // namespace
}  // namespace mp::collector::bybit
