#include "collector/venues/okx/parse_case.hpp"

namespace mp::collector::okx {
namespace {

using testing::D;

TEST_F(OkxParseTest, ReadsWhatIsNoMarketData) {
    EXPECT_EQ(ExpectNotice("pong").kind, Notice::Kind::kPong);
    const Heard ack = ExpectNotice(
        R"({"id":"7","event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a4d3ae55"})"
    );
    EXPECT_EQ(ack.kind, Notice::Kind::kAck);
    EXPECT_EQ(ack.id, 7u);
    EXPECT_EQ(ack.channel, "books:BTC-USDT");
    const Heard old =
        ExpectNotice(R"({"event":"subscribe","arg":{"channel":"trades","instId":"X-Y"}})");
    EXPECT_EQ(old.channel, "trades:X-Y");
    EXPECT_FALSE(old.id);
    EXPECT_EQ(
        ExpectNotice(
            R"({"event":"unsubscribe","arg":{"channel":"liquidation-orders","instType":"SWAP"}})"
        )
            .channel,
        "liquidation-orders:SWAP"
    );
    const Heard refusal = ExpectNotice(
        R"({"event":"error","code":"60018","msg":"Wrong URL or channel:index-tickers,instId:NEAR-USDT-SWAP doesn't exist. Please use the correct URL","connId":"a4d3ae55"})"
    );
    EXPECT_EQ(refusal.kind, Notice::Kind::kRefused);
    EXPECT_EQ(refusal.channel, "index-tickers:NEAR-USDT-SWAP");
    const Heard vague = ExpectNotice(
        R"({"id":"9","event":"error","code":"60012","msg":"Illegal request: {}","connId":"a4d3ae55"})"
    );
    EXPECT_EQ(vague.id, 9u);
    EXPECT_EQ(vague.channel, "");
    EXPECT_EQ(vague.text, "Illegal request: {}");
    EXPECT_EQ(
        ExpectNotice(
            R"({"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade. Please reconnect.","connId":"a"})"
        )
            .kind,
        Notice::Kind::kRestart
    );
    EXPECT_TRUE(
        Parse(R"({"event":"channel-conn-count","channel":"orders","connCount":"2"})").ignored
    );
}

TEST_F(OkxParseTest, IgnoresWhatNobodyAskedFor) {
    ExpectIgnored({
        Row("trades", "DOGE-USDT", R"({"tradeId":"1"})"),
        Row("price-limit", "BTC-USDT", R"({"buyLmt":"200"})"),
        Row("index-tickers", "BTC-USD", R"({"idxPx":"0.1","ts":"1"})"),
        Row("books5", "BTC-USDT", R"({"asks":[],"bids":[]})"),
        R"({"arg":{"channel":"economic-calendar"},"data":[{"date":"1"}]})",
        "{}",
        R"({"op":"login"})",
    });
}

TEST_F(OkxParseTest, TheOrderOfKeysDoesNotMatter) {
    const auto& book = Expect<model::BookSnapshot>(
        R"({ "data" : [ { "ts":"5", "bids":[["1","2"]], "newField":{"a":[1]}, "seqId": 9, "asks":[] } ],
            "action" : "snapshot", "arg" : { "instId":"BTC-USDT", "channel":"books" } })"
    );
    EXPECT_EQ(book.last_update_id, 9u);
    EXPECT_EQ(seen_[0].bids[0].quantity, D("2"));
    Expect<model::BookDelta>(
        R"({"arg":{"channel":"books","instId":"BTC-USDT"},"data":[{"asks":[],"bids":[["1","0"]],"ts":"6","seqId":10,"prevSeqId":9}],"action":"update"})"
    );
}

TEST_F(OkxParseTest, SaysWhatIsWrongAndWhoseItIs) {
    using enum ParseError;
    using model::DataType;
    const auto trade = [](std::string_view fields) {
        return Row("trades", "BTC-USDT", "{" + std::string(fields) + "}");
    };
    const std::string good = R"("px":"1","sz":"1","side":"buy","ts":"1")";
    ExpectBad(
        {
            {trade(good), kMissing, DataType::kTrade},
            {trade(R"("tradeId":"x",)" + good), kType, DataType::kTrade},
            {trade(R"("tradeId":"99999999999999999999",)" + good), kOverflow, DataType::kTrade},
            {trade(R"("tradeId":null,)" + good), kType, DataType::kTrade},
            {trade(R"("tradeId":"3","count":"4",)" + good), kType, DataType::kTrade},
            {trade(R"("tradeId":"3","count":"0",)" + good), kType, DataType::kTrade},
            {trade(R"("tradeId":"1","px":"1e99","sz":"1","side":"buy","ts":"1")"),
             kOverflow,
             DataType::kTrade},
            {trade(R"("tradeId":"1","px":"1","sz":"1","side":"up","ts":"1")"),
             kType,
             DataType::kTrade},
            {trade(R"("tradeId":"1","px":"1","sz":"1","side":"buy","ts":"99999999999999")"),
             kOverflow,
             DataType::kTrade},
            {trade(R"("tradeId":"1","px":{},"sz":"1","side":"buy","ts":"1")"),
             kType,
             DataType::kTrade},
            {Row("trades", "BTC-USDT", "[]"), kType, DataType::kTrade},
            {Row("trades", "BTC-USDT", "1"), kType, DataType::kTrade},
            {Row("candle1m", "BTC-USDT", R"(["1","2"])"), kMissing, DataType::kKline},
            {Row("candle1m", "BTC-USDT", "{}"), kType, DataType::kKline},
            {Row("mark-price", "BTC-USDT", R"({"ts":"1"})"), kMissing, DataType::kMarkPrice},
            {Row("funding-rate", "BTC-USDT", R"({"fundingRate":"","fundingTime":"1"})"),
             kMissing,
             DataType::kFundingRate},
            {Row("open-interest", "BTC-USDT", R"({"oi":"1","oiUsd":"x","ts":"1"})"),
             kType,
             DataType::kOpenInterest},
            {BookFrame("update", R"("asks":[],"ts":"1","seqId":2,"prevSeqId":1)"),
             kMissing,
             DataType::kBookDelta},
            {BookFrame("update", R"("asks":[],"bids":null,"ts":"1","seqId":2,"prevSeqId":1)"),
             kType,
             DataType::kBookDelta},
            {BookFrame("update", R"("asks":[["1"]],"bids":[],"ts":"1","seqId":2,"prevSeqId":1)"),
             kMissing,
             DataType::kBookDelta},
            {BookFrame(
                 "update", R"("asks":[["x","1"]],"bids":[],"ts":"1","seqId":2,"prevSeqId":1)"
             ),
             kType,
             DataType::kBookDelta},
            {BookFrame(
                 "update", R"("asks":[],"bids":[["1","1"]],"ts":"1","seqId":-2,"prevSeqId":1)"
             ),
             kType,
             DataType::kBookDelta},
            {BookFrame("dance", R"("asks":[],"bids":[["1","1"]],"ts":"1","seqId":2,"prevSeqId":1)"),
             kType,
             DataType::kBookDelta},
            {Row("books", "BTC-USDT", R"({"asks":[],"bids":[],"ts":"1"})"),
             kMissing,
             DataType::kBookDelta},
        },
        kSpot
    );
    for (const char* frame :
         {"", "ping", "[]", "nonsense", "{\"a\"", "{} x", "pong ", "\xff\xfe"}) {
        EXPECT_FALSE(Parse(frame).ok()) << frame;
    }
    EXPECT_EQ(Parse(R"({"event":"subscribe"})").error, kMissing);
}

TEST_F(OkxParseTest, AMessageCutAnywhereIsBad) {
    ExpectBadWhereverCut({
        Row("trades", "BTC-USDT", R"({"tradeId":"1","px":"1","sz":"1","side":"buy","ts":"1"})"),
        Row("tickers", "BTC-USDT", kTickerRow),
        Row("candle1m", "BTC-USDT", R"(["1672913160000","1","2","0.5","1","1","1","1","1"])"),
        BookFrame(
            "update",
            R"("asks":[["1","1","0","1"]],"bids":[["1","1","0","1"]],"ts":"1","seqId":2,"prevSeqId":1)"
        ),
        std::string(R"({"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"}})"),
    });
    EXPECT_FALSE(Parse(R"({"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"tr)").ok());
    EXPECT_EQ(
        Parse(R"({"data":[{}],"arg":{"channel":"trades","instId":"BTC-USDT"})").instrument, kSpot
    );
}

}  // namespace
}  // namespace mp::collector::okx
