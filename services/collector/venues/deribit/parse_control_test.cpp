#include "collector/venues/deribit/parse_case.hpp"

namespace mp::collector::deribit {
namespace {

using testing::D;

TEST_F(DeribitParseTest, ReadsWhatIsNoMarketData) {
    ASSERT_TRUE(
        Parse(R"({"jsonrpc":"2.0","id":7,"result":["a.b","c.d"],"usIn":1,"testnet":false})").ok()
    );
    ASSERT_EQ(notices_.size(), 3u);
    EXPECT_EQ(notices_[0].kind, Notice::Kind::kAck);
    EXPECT_EQ(notices_[1].channel, "c.d");
    EXPECT_EQ(notices_[2].kind, Notice::Kind::kRefused) << "whatever else was asked for";
    EXPECT_EQ(notices_[2].id, 7u);
    EXPECT_EQ(notices_[2].channel, "");

    ASSERT_TRUE(
        Parse(
            R"({"jsonrpc":"2.0","id":1,"error":{"code":10028,"message":"too_many_requests","data":{"reason":"x"}}})"
        )
            .ok()
    );
    EXPECT_EQ(notices_.at(0).kind, Notice::Kind::kRefused);
    EXPECT_EQ(notices_[0].id, 1u);
    EXPECT_EQ(notices_[0].text, R"(too_many_requests {"reason":"x"})");
    ASSERT_TRUE(Parse(R"({"error":{"code":-32602,"message":"Invalid params"},"usIn":1})").ok());
    EXPECT_FALSE(notices_.at(0).id);

    ASSERT_TRUE(
        Parse(R"({"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}})").ok()
    );
    EXPECT_EQ(notices_.at(0).kind, Notice::Kind::kReply);
    EXPECT_NE(notices_[0].text.find("public/test"), std::string::npos);
    ASSERT_TRUE(
        Parse(R"({"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat"}})").ok()
    );
    EXPECT_EQ(notices_.at(0).kind, Notice::Kind::kPong);
    ASSERT_TRUE(Parse(R"({"jsonrpc":"2.0","id":0,"result":"ok"})").ok());
    EXPECT_EQ(notices_.at(0).kind, Notice::Kind::kPong);
}

TEST_F(DeribitParseTest, HearsThatItWasLetIn) {
    const Heard login = ExpectNotice(
        R"({"jsonrpc":"2.0","id":0,"result":{"access_token":"x.y","expires_in":31536000,"scope":"connection","token_type":"bearer"},"usIn":1})"
    );
    EXPECT_EQ(login.kind, Notice::Kind::kLoggedIn);
    EXPECT_EQ(login.valid_for, 31'536'000 * kSecond);
    EXPECT_EQ(
        ExpectNotice(R"({"id":0,"result":{"access_token":"x","expires_in":18446744073709551615}})")
            .kind,
        Notice::Kind::kLoggedIn
    );
    EXPECT_EQ(
        ExpectNotice(R"({"jsonrpc":"2.0","id":0,"result":{"version":"1.2.26"}})").kind,
        Notice::Kind::kPong
    );
    const Heard refusal = ExpectNotice(
        R"({"jsonrpc":"2.0","id":0,"error":{"code":13004,"message":"invalid_credentials"}})"
    );
    EXPECT_EQ(refusal.kind, Notice::Kind::kRefused);
    EXPECT_EQ(refusal.text, "invalid_credentials");
}

TEST_F(DeribitParseTest, IgnoresWhatNobodyAskedFor) {
    ExpectIgnored({
        Message("trades.DOGE-PERPETUAL.100ms", "[{}]"),
        Message("trades.future.BTC.100ms", "[{}]"),
        Message("book.BTC-PERPETUAL.none.20.100ms", R"({"bids":[[1.0,2.0]],"asks":[]})"),
        Message("chart.trades.BTC-PERPETUAL.180", "{}"),
        Message("deribit_price_index.btc_usd", R"({"price":1})"),
        Message("perpetual.BTC-PERPETUAL.100ms", R"({"interest":1})"),
        "{}",
    });
}

TEST_F(DeribitParseTest, TheOrderOfKeysDoesNotMatter) {
    const auto& book = Expect<model::BookSnapshot>(
        R"({ "params" : { "data" : { "asks":[], "new_field":[{}], "change_id": 9, "timestamp":5, "bids":[ [ "new" , 1 , 2 ] ], "type":"snapshot" },
             "channel":"book.BTC-PERPETUAL.100ms" }, "method":"subscription" })"
    );
    EXPECT_EQ(book.last_update_id, 9u);
    EXPECT_EQ(seen_[0].bids[0].quantity, D("2"));
}

TEST_F(DeribitParseTest, SaysWhatIsWrongAndWhoseItIs) {
    using enum ParseError;
    using model::DataType;
    const auto trade = [](std::string_view fields) {
        return Message("trades.BTC-PERPETUAL.100ms", "[{" + std::string(fields) + "}]");
    };
    const std::string good =
        R"("trade_id":"1","timestamp":1,"price":1,"direction":"buy","amount":1)";
    ExpectBad(
        {
            {trade(good), kMissing, DataType::kTrade},
            {trade(R"("trade_seq":-1,)" + good), kType, DataType::kTrade},
            {trade(R"("trade_seq":null,)" + good), kType, DataType::kTrade},
            {trade(R"("trade_seq":99999999999999999999,)" + good), kOverflow, DataType::kTrade},
            {trade(
                 R"("trade_seq":1,"trade_id":"","timestamp":1,"price":1,"direction":"buy","amount":1)"
             ),
             kType,
             DataType::kTrade},
            {trade(
                 "\"trade_seq\":1,\"trade_id\":\"1\xd2\"," +
                 std::string(R"("timestamp":1,"price":1,"direction":"buy","amount":1)")
             ),
             kType,
             DataType::kTrade},
            {trade(
                 R"("trade_seq":1,"trade_id":"1","timestamp":1,"price":1e40,"direction":"buy","amount":1)"
             ),
             kOverflow,
             DataType::kTrade},
            {trade(
                 R"("trade_seq":1,"trade_id":"1","timestamp":1,"price":1,"direction":"zero","amount":1)"
             ),
             kType,
             DataType::kTrade},
            {Message("trades.BTC-PERPETUAL.100ms", "{}"), kType, DataType::kTrade},
            {Book(R"({"type":"change","timestamp":1,"change_id":6,"bids":[],"asks":[]})"),
             kMissing,
             DataType::kBookDelta},
            {Book(R"({"type":"change","timestamp":1,"prev_change_id":5,"change_id":6})"),
             kMissing,
             DataType::kBookDelta},
            {Book(
                 R"({"type":"dance","timestamp":1,"prev_change_id":5,"change_id":6,"bids":[],"asks":[]})"
             ),
             kType,
             DataType::kBookDelta},
            {Book(
                 R"({"type":"change","timestamp":1,"prev_change_id":5,"change_id":6,"bids":[["push",1,2]],"asks":[]})"
             ),
             kType,
             DataType::kBookDelta},
            {Book(
                 R"({"type":"change","timestamp":1,"prev_change_id":5,"change_id":6,"bids":[["new",1]],"asks":[]})"
             ),
             kMissing,
             DataType::kBookDelta},
            {Book(
                 R"({"type":"change","timestamp":1,"prev_change_id":5,"change_id":6,"bids":[["new",null,1]],"asks":[]})"
             ),
             kType,
             DataType::kBookDelta},
            {Book(
                 R"({"type":"change","timestamp":1,"prev_change_id":5,"change_id":6,"bids":null,"asks":[]})"
             ),
             kType,
             DataType::kBookDelta},
            {Message("quote.BTC-PERPETUAL", "{}"), kMissing, DataType::kBbo},
            {Message("ticker.BTC-PERPETUAL.100ms", R"({"timestamp":1,"mark_price":"x"})"),
             kType,
             DataType::kTicker},
            {Message("ticker.BTC-PERPETUAL.100ms", R"({"timestamp":1,"stats":7})"),
             kType,
             DataType::kTicker},
            {Message("chart.trades.BTC-PERPETUAL.1", R"({"tick":1})"), kMissing, DataType::kKline},
        },
        kInverse
    );
    for (const char* frame :
         {"",
          "[]",
          "nonsense",
          "{\"a\"",
          "{} x",
          R"({"params":[]})",
          R"({"error":7})",
          R"({"id":1,"result":["a)"}) {
        EXPECT_FALSE(Parse(frame).ok()) << frame;
    }
}

TEST_F(DeribitParseTest, AMessageCutAnywhereIsBad) {
    ExpectBadWhereverCut({
        kPerpetualTicker,
        Book(
            R"({"type":"change","timestamp":1,"prev_change_id":5,"change_id":6,"bids":[["new",1.5,2.0]],"asks":[["delete",3.0,0.0]]})"
        ),
        std::string(R"({"jsonrpc":"2.0","id":1,"result":["a.b"]})"),
    });
}

}  // namespace
}  // namespace mp::collector::deribit
