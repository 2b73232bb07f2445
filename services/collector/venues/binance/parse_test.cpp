#include "collector/venues/binance/parse.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace mp::collector::binance {
namespace {

constexpr Nanos kReceived = 1'723'161'255'400'000'123;

class ParseTest : public testing::Test, protected FrameSink {
  protected:
    ParseTest() : parser_(MakeSpotParser(symbols_)) {
        symbols_.Set("BTCUSDT", 7);
        symbols_.Set("ETHUSDT", 8);
    }

    ParseResult Parse(std::string_view frame) {
        events_ = 0;
        notices_ = 0;
        bids_.clear();
        asks_.clear();
        return parser_->Parse(frame, kReceived, *this);
    }

    void OnEvent(InstrumentId id, const model::Event& event, const ChainLink* link) override {
        ++events_;
        instrument_ = id;
        event_ = event;
        link_ = link == nullptr ? std::nullopt : std::optional(*link);
        if (const auto* delta = std::get_if<model::BookDelta>(&event.body)) {
            bids_.assign(delta->bids.begin(), delta->bids.end());
            asks_.assign(delta->asks.begin(), delta->asks.end());
        }
        if (const auto* kline = std::get_if<model::Kline>(&event.body)) {
            interval_ = kline->interval;
        }
    }
    void OnNotice(const Notice& notice) override {
        ++notices_;
        notice_ = notice;
        notice_text_ = notice.text;
    }

    // The one event of a good frame.
    template <typename Body>
    const Body& Expect(std::string_view frame) {
        const ParseResult result = Parse(frame);
        EXPECT_TRUE(result.ok()) << ToString(result.error) << " " << frame;
        EXPECT_EQ(events_, 1) << frame;
        return std::get<Body>(event_.body);
    }

    SymbolTable symbols_;
    std::unique_ptr<FrameParser> parser_;
    int events_ = 0;
    int notices_ = 0;
    InstrumentId instrument_ = 0;
    model::Event event_;
    std::optional<ChainLink> link_;
    std::vector<model::Level> bids_, asks_;
    std::string interval_, notice_text_;
    Notice notice_;
};

Decimal D(std::string_view text) {
    return *Decimal::Parse(text);
}

const std::string kTrade =
    R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000123,"s":"BTCUSDT","t":4201,)"
    R"("p":"61000.50000000","q":"0.01500000","T":1700000000121,"m":true,"M":true}})";

TEST_F(ParseTest, ReadsATrade) {
    const auto& trade = Expect<model::Trade>(kTrade);
    EXPECT_EQ(instrument_, 7u);
    EXPECT_EQ(trade.price, D("61000.5"));
    EXPECT_EQ(trade.quantity, D("0.015"));
    EXPECT_EQ(trade.trade_id.number, 4201u);
    EXPECT_EQ(trade.id_space, model::TradeIdSpace::kTrade);
    EXPECT_EQ(trade.side, model::Side::kSell);
    EXPECT_EQ(event_.order_ts, 1'700'000'000'121'000'000);
    EXPECT_EQ(event_.exchange_ts, 1'700'000'000'123'000'000);
    EXPECT_EQ(event_.received_ts, kReceived);
    ASSERT_TRUE(link_);
    EXPECT_TRUE(link_->Continues(4200));
    EXPECT_FALSE(link_->Continues(4199));
}

TEST_F(ParseTest, ReadsAnAggregateTradeWithItsFills) {
    const auto& trade = Expect<model::Trade>(
        R"({"e":"aggTrade","E":5,"s":"ETHUSDT","a":26,"p":"1.0","q":"2","f":100,"l":105,"T":4,"m":false,"M":true})"
    );
    EXPECT_EQ(instrument_, 8u);
    EXPECT_EQ(trade.id_space, model::TradeIdSpace::kAggregate);
    EXPECT_EQ(trade.trade_id.number, 26u);
    EXPECT_EQ(trade.first_fill_id, 100u);
    EXPECT_EQ(trade.last_fill_id, 105u);
    EXPECT_EQ(trade.side, model::Side::kBuy);
}

TEST_F(ParseTest, ReadsADepthUpdate) {
    const auto& delta = Expect<model::BookDelta>(
        R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000200,"s":"BTCUSDT",)"
        R"("U":157,"u":160,"b":[["61000.00000000","0.00000000"],["60999.5","1.5"]],"a":[]}})"
    );
    EXPECT_EQ(delta.first_update_id, 157u);
    EXPECT_EQ(delta.last_update_id, 160u);
    ASSERT_EQ(bids_.size(), 2u);
    EXPECT_EQ(bids_[0].price, D("61000"));
    EXPECT_TRUE(bids_[0].quantity.IsZero());
    EXPECT_EQ(bids_[1].quantity, D("1.5"));
    EXPECT_TRUE(asks_.empty());
    EXPECT_EQ(event_.order_ts, 1'700'000'000'200'000'000);
    EXPECT_TRUE(link_->Continues(156));
}

TEST_F(ParseTest, ReadsABestQuoteWithoutTime) {
    const auto& bbo = Expect<model::Bbo>(
        R"({"stream":"btcusdt@bookTicker","data":{"u":400,"s":"BTCUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66"}})"
    );
    EXPECT_EQ(bbo.update_id, 400u);
    EXPECT_EQ(bbo.bid_price, D("25.35"));
    EXPECT_EQ(bbo.bid_quantity, D("31.21"));
    EXPECT_EQ(bbo.ask_price, D("25.36"));
    EXPECT_EQ(bbo.ask_quantity, D("40.66"));
    EXPECT_EQ(event_.order_ts, kReceived);
    EXPECT_FALSE(event_.exchange_ts);
    EXPECT_FALSE(link_);
}

TEST_F(ParseTest, ReadsATicker) {
    const auto& ticker = Expect<model::Ticker>(
        R"({"e":"24hrTicker","E":1700000000500,"s":"BTCUSDT","p":"-5","P":"-0.1","w":"3","x":"1","c":"61000.1","Q":"1",)"
        R"("b":"1","B":"1","a":"2","A":"1","o":"61005.1","h":"62000","l":"60000","v":"1234.5","q":"75000000","O":1,"C":2,"F":3,"L":4,"n":5})"
    );
    EXPECT_EQ(ticker.last_price, D("61000.1"));
    EXPECT_EQ(ticker.open_price, D("61005.1"));
    EXPECT_EQ(ticker.high_price, D("62000"));
    EXPECT_EQ(ticker.low_price, D("60000"));
    EXPECT_EQ(ticker.volume, D("1234.5"));
    EXPECT_EQ(ticker.quote_volume, D("75000000"));
}

TEST_F(ParseTest, ReadsAKline) {
    const auto& kline = Expect<model::Kline>(
        R"({"stream":"ethusdt@kline_1m","data":{"e":"kline","E":1700000000700,"s":"ETHUSDT","k":{"t":1700000000000,)"
        R"("T":1700000059999,"s":"ETHUSDT","i":"1m","f":100,"L":200,"o":"1","c":"2","h":"3","l":"0.5","v":"1000","n":101,)"
        R"("x":true,"q":"1.5","V":"500","Q":"0.75","B":"123"}}})"
    );
    EXPECT_EQ(instrument_, 8u);
    EXPECT_EQ(interval_, "1m");
    EXPECT_EQ(kline.open_time, 1'700'000'000'000'000'000);
    EXPECT_EQ(kline.close_time, 1'700'000'059'999'000'000);
    EXPECT_EQ(kline.open, D("1"));
    EXPECT_EQ(kline.high, D("3"));
    EXPECT_EQ(kline.low, D("0.5"));
    EXPECT_EQ(kline.close, D("2"));
    EXPECT_EQ(kline.volume, D("1000"));
    EXPECT_EQ(kline.quote_volume, D("1.5"));
    EXPECT_EQ(kline.trade_count, 101u);
    EXPECT_TRUE(kline.closed);
    EXPECT_EQ(event_.order_ts, 1'700'000'000'700'000'000);
}

TEST_F(ParseTest, TakesKeysInAnyOrderWithBlanksAndUnknownFields) {
    const auto& trade = Expect<model::Trade>(
        "\n{ \"data\" : { \"q\" : \"0.5\" , \"new\":{\"x\":[1,{\"e\":2}]}, \"m\" : false "
        ",\t\"s\":\"BTCUSDT\", \"Z\":null,\n"
        "\"T\" : 4 , \"p\":\"1.5\", \"t\": 9 , \"E\" : 5, \"e\" : \"trade\" } , \"other\":[{}], "
        "\"stream\" : \"btcusdt@trade\" } \n"
    );
    EXPECT_EQ(trade.trade_id.number, 9u);
    EXPECT_EQ(trade.quantity, D("0.5"));
    EXPECT_EQ(trade.side, model::Side::kBuy);
}

TEST_F(ParseTest, FindsSymbolsOfOtherScriptsEscapedOrNot) {
    symbols_.Set("币安人生USDT", 9);
    Expect<model::Trade>(
        R"({"e":"trade","E":5,"s":"币安人生USDT","t":1,"p":"1","q":"2","T":4,"m":false})"
    );
    EXPECT_EQ(instrument_, 9u);
    instrument_ = 0;
    Expect<model::Trade>(
        R"({"e":"trade","E":5,"s":"\u5e01\u5b89\u4eba\u751fUSDT","t":1,"p":"1","q":"2","T":4,"m":false})"
    );
    EXPECT_EQ(instrument_, 9u);
}

TEST_F(ParseTest, IgnoresOtherStreamsAndSymbols) {
    for (const char* frame :
         {R"({"stream":"btcusdt@avgPrice","data":{"e":"avgPrice","E":1,"s":"BTCUSDT","i":"5m","w":"1","T":1}})",
          R"({"stream":"btcusdt@depth5","data":{"lastUpdateId":160,"bids":[["1","2"]],"asks":[]}})",
          R"({"e":"trade","E":5,"s":"DOGEUSDT","t":1,"p":"1","q":"2","T":4,"m":false})",
          "{}"}) {
        const ParseResult result = Parse(frame);
        EXPECT_TRUE(result.ok()) << frame;
        EXPECT_TRUE(result.ignored) << frame;
        EXPECT_EQ(events_, 0);
    }
}

TEST_F(ParseTest, TellsAcksFromRefusals) {
    EXPECT_TRUE(Parse(R"({"result":null,"id":3})").ok());
    ASSERT_EQ(notices_, 1);
    EXPECT_EQ(notice_.kind, Notice::Kind::kAck);
    EXPECT_EQ(notice_.id, 3u);
    EXPECT_TRUE(Parse(R"({"error":{"code":2,"msg":"Invalid request: unknown stream"},"id":4})").ok()
    );
    EXPECT_EQ(notice_.kind, Notice::Kind::kRefused);
    EXPECT_EQ(notice_.id, 4u);
    EXPECT_NE(notice_text_.find("unknown stream"), std::string::npos);
    EXPECT_TRUE(Parse(R"({"code":3,"msg":"Invalid JSON"})").ok());
    EXPECT_EQ(notice_.kind, Notice::Kind::kRefused);
    EXPECT_FALSE(notice_.id);
}

TEST_F(ParseTest, AnnouncesAPlannedShutdown) {
    Parse(R"({"e":"serverShutdown","E":1700000000000})");
    EXPECT_EQ(notice_.kind, Notice::Kind::kRestart);
    Parse(R"({"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1700000000000}})");
    EXPECT_EQ(notices_, 1);
}

TEST_F(ParseTest, NamesTheSeriesOfABadMessage) {
    const struct {
        const char* frame;
        ParseError error;
    } cases[] = {
        {R"({"e":"trade","E":5,"s":"BTCUSDT","t":1,"q":"2","T":4,"m":false})",
         ParseError::kMissing},
        {R"({"e":"trade","E":5,"s":"BTCUSDT","t":"1","p":"1","q":"2","T":4,"m":false})",
         ParseError::kType},
        {R"({"e":"trade","E":5,"s":"BTCUSDT","t":1,"p":1.5,"q":"2","T":4,"m":false})",
         ParseError::kType},
        {R"({"e":"trade","E":5,"s":"BTCUSDT","t":1,"p":"1","q":"2","T":4,"m":"no"})",
         ParseError::kType},
        {R"({"e":"trade","E":-5,"s":"BTCUSDT","t":1,"p":"1","q":"2","T":4,"m":true})",
         ParseError::kType},
        {R"({"e":"trade","E":5,"s":"BTCUSDT","t":1,"p":"1","q":null,"T":4,"m":true})",
         ParseError::kType},
        {R"({"e":"trade","E":5,"s":"BTCUSDT","t":1,"p":"99999999999999999999","q":"2","T":4,"m":true})",
         ParseError::kOverflow},
        {R"({"e":"trade","E":5,"s":"BTCUSDT","t":1,"p":"0.1234567890123456789","q":"2","T":4,"m":true})",
         ParseError::kOverflow},
    };
    for (const auto& [frame, error] : cases) {
        const ParseResult result = Parse(frame);
        EXPECT_EQ(result.error, error) << frame;
        EXPECT_EQ(result.instrument, 7u) << frame;
        EXPECT_EQ(result.type, model::DataType::kTrade) << frame;
        EXPECT_EQ(events_, 0) << frame;
    }
    EXPECT_EQ(
        Parse(R"({"e":"depthUpdate","E":5,"s":"BTCUSDT","U":1,"u":2,"b":[["1","x"]],"a":[]})").type,
        model::DataType::kBookDelta
    );
}

TEST_F(ParseTest, NamesTheSeriesOfACutMessageByItsStream) {
    const ParseResult result = Parse(
        R"({"stream":"ethusdt@depth@100ms","data":{"e":"depthUpdate","E":5,"s":"ETHUSDT","U":1,"u":2,"b":[["1)"
    );
    EXPECT_EQ(result.error, ParseError::kSyntax);
    EXPECT_EQ(result.instrument, 8u);
    EXPECT_EQ(result.type, model::DataType::kBookDelta);
}

TEST_F(ParseTest, RefusesWhatIsNoMessage) {
    for (const char* frame :
         {"",
          " ",
          "garbage",
          "[]",
          "[1,2]",
          "null",
          "true",
          "12",
          "\"text\"",
          "{",
          "}",
          "{]}",
          "{\"a\":}",
          "{\"e\":\"trade\"",
          "{\"a\":1}x",
          "{\"a\":1}{\"b\":2}",
          "\xff\xfe{}",
          "{\"data\":[1]}",
          "{\"data\":1}",
          "{\"e\":\"tr\xff\"}"}) {
        const ParseResult result = Parse(frame);
        EXPECT_FALSE(result.ok()) << frame;
        EXPECT_EQ(events_, 0) << frame;
    }
}

TEST_F(ParseTest, SurvivesTruncationAtEveryByte) {
    for (size_t size = 0; size < kTrade.size(); ++size) {
        EXPECT_FALSE(Parse(kTrade.substr(0, size)).ok()) << size;
        EXPECT_EQ(events_, 0);
    }
}

TEST_F(ParseTest, SurvivesHugeAndDeepMessages) {
    EXPECT_FALSE(Parse(std::string(6 << 20, 'x')).ok());
    EXPECT_FALSE(Parse(std::string(1 << 20, '[')).ok());
    EXPECT_FALSE(Parse("{\"data\":" + std::string(1 << 20, '{')).ok());
    std::string deep = "{\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
    Parse(deep);
    std::string big = R"({"e":"depthUpdate","E":5,"s":"BTCUSDT","U":1,"u":2,"a":[],"b":[)";
    for (int i = 0; i < 200'000; ++i) big += R"(["1.5","2.25000000"],)";
    big.back() = ']';
    EXPECT_TRUE(Parse(big + "}").ok());
    EXPECT_EQ(bids_.size(), 200'000u);
    EXPECT_TRUE(Parse(kTrade).ok());
}

}  // namespace
}  // namespace mp::collector::binance
