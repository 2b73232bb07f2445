// What USD-M and COIN-M messages have beside those of spot.
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "collector/venues/binance/parse.hpp"
#include "model/identity.hpp"

namespace mp::collector::binance {
namespace {

constexpr Nanos kReceived = 1'723'161'255'400'000'123;

Decimal D(std::string_view text) {
    return *Decimal::Parse(text);
}

InstrumentFacts CoinMargined() {
    InstrumentFacts facts;
    facts.type = model::InstrumentType::kSwap;
    facts.quantity_unit = model::QuantityUnit::kContracts;
    facts.contract_size = D("100");
    return facts;
}

class ContractParseTest : public testing::Test, protected FrameSink {
  protected:
    explicit ContractParseTest(model::Market market = model::Market::kLinear)
        : parser_(MakeContractParser(symbols_, market)) {
        InstrumentFacts linear;
        linear.type = model::InstrumentType::kSwap;
        symbols_.Set("BTCUSDT", 7, linear);
        symbols_.Set("BTCUSD_PERP", 8, CoinMargined());
    }

    ParseResult Parse(std::string_view frame) {
        events_.clear();
        said_.clear();
        links_.clear();
        skipped_.clear();
        return parser_->Parse(frame, kReceived, *this);
    }

    void OnEvent(InstrumentId id, const model::Event& event, const ChainLink* link) override {
        instrument_ = id;
        events_.push_back(event);
        said_.push_back(
            model::IdentityText(event) + " " + std::to_string(model::ContentHash(event)) + " " +
            std::to_string(event.order_ts) + " " + std::to_string(event.exchange_ts.value_or(0))
        );
        if (link != nullptr) links_.push_back(*link);
    }
    void OnSkipped(InstrumentId id, model::DataType type, Nanos, const ChainLink& link) override {
        instrument_ = id;
        EXPECT_EQ(type, model::DataType::kTrade);
        skipped_.push_back(link);
    }
    void OnNotice(const Notice&) override {}

    // The one event of a good frame; a blank keeps it out of the fast path, which must not matter.
    template <typename Body>
    Body Expect(const std::string& frame) {
        EXPECT_TRUE(Parse(frame).ok()) << frame;
        EXPECT_EQ(events_.size(), 1u) << frame;
        const std::vector<std::string> fast = said_;
        EXPECT_TRUE(Parse(" " + frame).ok()) << frame;
        EXPECT_EQ(said_, fast) << frame;
        return std::get<Body>(events_.at(0).body);
    }

    SymbolTable symbols_;
    std::unique_ptr<FrameParser> parser_;
    InstrumentId instrument_ = 0;
    std::vector<model::Event> events_;
    std::vector<std::string> said_;  // the same as text, which outlives the message
    std::vector<ChainLink> links_, skipped_;
};

class CoinMarginedParseTest : public ContractParseTest {
  protected:
    CoinMarginedParseTest() : ContractParseTest(model::Market::kInverse) {}
};

const std::string kMarkPrice =
    R"({"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1700000001000,"s":"BTCUSDT",)"
    R"("p":"61000.15000000","ap":"61000.2","i":"60990.10000000","P":"61001.5","r":"0.00038167","T":1700006400000,"st":1}})";

TEST_F(ContractParseTest, MakesMarkPriceAndFundingOfOneMessage) {
    ASSERT_TRUE(Parse(kMarkPrice).ok());
    ASSERT_EQ(events_.size(), 2u);
    const auto& mark = std::get<model::MarkPrice>(events_[0].body);
    EXPECT_EQ(mark.mark_price, D("61000.15"));
    EXPECT_EQ(mark.index_price, D("60990.1"));
    EXPECT_EQ(events_[0].order_ts, 1'700'000'001'000'000'000);
    EXPECT_EQ(events_[0].exchange_ts, 1'700'000'001'000'000'000);
    const auto& funding = std::get<model::FundingRate>(events_[1].body);
    EXPECT_EQ(funding.funding_rate, D("0.00038167"));
    EXPECT_EQ(funding.next_funding_time, 1'700'006'400'000'000'000);
    EXPECT_EQ(funding.mark_price, D("61000.15"));
    EXPECT_EQ(funding.premium_index, D("10.05"));
    EXPECT_FALSE(funding.estimated_rate);
    EXPECT_EQ(events_[1].order_ts, events_[0].order_ts);
}

TEST_F(ContractParseTest, NoFundingIsNotFundingOfZero) {
    const auto without = [](const std::string& rest) {
        return R"({"e":"markPriceUpdate","E":1700000001000,"s":"BTCUSDT","p":"61000.15","i":"60990.1","P":"61001.5")" +
               rest + "}";
    };
    Expect<model::MarkPrice>(without(R"(,"r":"","T":0)"));
    Expect<model::MarkPrice>(without(R"(,"r":"0.00000000","T":0)"));
    Expect<model::MarkPrice>(without(R"(,"r":null,"T":null)"));
    Expect<model::MarkPrice>(without(""));
    ASSERT_TRUE(Parse(without(R"(,"r":"0.00000000","T":1700006400000)")).ok());
    EXPECT_EQ(events_.size(), 2u);
}

TEST_F(ContractParseTest, TheIndexMayBeAbsent) {
    for (const char* index : {"", R"("i":"",)", R"("i":null,)"}) {
        const std::string frame = R"({"e":"markPriceUpdate","E":5,"s":"BTCUSDT",)" +
                                  std::string(index) + R"("p":"8291.34","r":"0.0001","T":9})";
        ASSERT_TRUE(Parse(frame).ok()) << frame;
        ASSERT_EQ(events_.size(), 2u);
        EXPECT_FALSE(std::get<model::MarkPrice>(events_[0].body).index_price);
        EXPECT_FALSE(std::get<model::FundingRate>(events_[1].body).premium_index);
    }
}

TEST_F(ContractParseTest, ABadMarkPriceGivesNothing) {
    const ParseResult result = Parse(
        R"({"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":5,"s":"BTCUSDT","p":"8","i":"7","r":"x","T":9}})"
    );
    EXPECT_EQ(result.error, ParseError::kType);
    EXPECT_EQ(result.instrument, 7u);
    EXPECT_EQ(result.type, model::DataType::kMarkPrice);
    EXPECT_TRUE(events_.empty());
}

TEST_F(ContractParseTest, ADepthUpdateNamesTheOneBefore) {
    const auto delta = Expect<model::BookDelta>(
        R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000200,"T":1700000000190,"s":"BTCUSDT",)"
        R"("U":157,"u":160,"pu":149,"b":[["61000.00","0.000"]],"a":[],"st":1,"ps":"BTCUSDT"}})"
    );
    EXPECT_EQ(delta.previous_update_id, 149u);
    EXPECT_EQ(delta.quantity_unit, model::QuantityUnit::kBase);
    EXPECT_EQ(events_[0].order_ts, 1'700'000'000'200'000'000);
    EXPECT_TRUE(links_.at(0).Continues(149));
    EXPECT_FALSE(links_.at(0).Continues(156));
}

TEST_F(ContractParseTest, MinusOneIsNoUpdateBefore) {
    const auto delta = Expect<model::BookDelta>(
        R"({"e":"depthUpdate","E":5,"T":4,"s":"BTCUSDT","U":157,"u":160,"pu":-1,"b":[],"a":[]})"
    );
    EXPECT_FALSE(delta.previous_update_id);
    EXPECT_EQ(
        Parse(R"({"e":"depthUpdate","E":5,"T":4,"s":"BTCUSDT","U":1,"u":2,"pu":"1","b":[],"a":[]})")
            .error,
        ParseError::kType
    );
}

TEST_F(ContractParseTest, ABestQuoteHasItsTime) {
    const auto bbo = Expect<model::Bbo>(
        R"({"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":400900217,"s":"BTCUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66","T":1700000000310,"E":1700000000313}})"
    );
    EXPECT_EQ(bbo.update_id, 400900217u);
    EXPECT_EQ(events_[0].order_ts, 1'700'000'000'310'000'000);
    EXPECT_EQ(events_[0].exchange_ts, 1'700'000'000'313'000'000);
    EXPECT_EQ(
        Parse(R"({"e":"bookTicker","u":1,"s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1","E":3})")
            .error,
        ParseError::kMissing
    );
}

TEST_F(ContractParseTest, OnlyTheMarketsTradesAreTrades) {
    const auto frame = [](const std::string& made_by) {
        return R"({"e":"trade","E":9,"T":8,"s":"BTCUSDT","t":42,"p":"61800.30","q":"0.006",)" +
               made_by + R"("m":false})";
    };
    EXPECT_EQ(Expect<model::Trade>(frame(R"("X":"MARKET",)")).trade_id.number, 42u);
    Expect<model::Trade>(frame(""));
    for (const char* other : {R"("X":"INSURANCE_FUND",)", R"("X":"ADL",)", R"("X":"NA",)"}) {
        const ParseResult result = Parse(frame(other));
        EXPECT_TRUE(result.ok() && result.ignored) << other;
        EXPECT_TRUE(events_.empty());
        // Its number is not missing.
        ASSERT_EQ(skipped_.size(), 1u);
        EXPECT_TRUE(skipped_[0].Continues(41));
    }
}

TEST_F(ContractParseTest, AnAggregateTradeMayTellWhatWasRetail) {
    const auto trade = Expect<model::Trade>(
        R"({"e":"aggTrade","E":9,"s":"BTCUSDT","a":26,"p":"1.5","q":"2","nq":"1.5","f":100,"l":105,"T":8,"m":true,"st":1})"
    );
    EXPECT_EQ(trade.quantity, D("2"));
    EXPECT_EQ(trade.side, model::Side::kSell);
    EXPECT_EQ(trade.id_space, model::TradeIdSpace::kAggregate);
}

const std::string kForceOrder =
    R"({"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":1700000000993,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC",)"
    R"("q":"0.014","p":"9910","ap":"9912.5","X":"FILLED","l":"0.015","z":"0.014","T":1700000000987}}})";

TEST_F(ContractParseTest, ALiquidationIsTheForcedOrder) {
    const auto liquidation = Expect<model::Liquidation>(kForceOrder);
    EXPECT_EQ(instrument_, 7u);
    EXPECT_EQ(liquidation.side, model::Side::kSell);
    EXPECT_EQ(liquidation.price, D("9910"));
    EXPECT_EQ(liquidation.quantity, D("0.014"));
    EXPECT_EQ(liquidation.instrument_type, model::InstrumentType::kSwap);
    EXPECT_EQ(liquidation.quantity_unit, model::QuantityUnit::kBase);
    EXPECT_FALSE(liquidation.base_quantity);
    EXPECT_EQ(events_[0].order_ts, 1'700'000'000'993'000'000);
    EXPECT_EQ(
        Parse(R"({"e":"forceOrder","E":5,"o":{"s":"BTCUSDT","S":"LONG","p":"1","z":"1","T":4}})")
            .error,
        ParseError::kType
    );
    EXPECT_EQ(Parse(R"({"e":"forceOrder","E":5})").error, ParseError::kMissing);
}

// Since the merge of both markets, streams of either host may carry symbols of both.
TEST_F(ContractParseTest, MessagesOfTheOtherMarketAreIgnored) {
    std::string foreign = kMarkPrice;
    foreign.replace(foreign.find("\"st\":1"), 6, "\"st\":2");
    for (const std::string& frame : {foreign, " " + foreign}) {
        const ParseResult result = Parse(frame);
        EXPECT_TRUE(result.ok() && result.ignored);
        EXPECT_TRUE(events_.empty());
    }
}

TEST_F(ContractParseTest, StreamsOfAllSymbolsAreIgnored) {
    for (const char* frame :
         {R"({"stream":"!markPrice@arr","data":[{"e":"markPriceUpdate","E":5,"s":"BTCUSDT","p":"1","r":"2","T":3}]})",
          R"({"stream":"!contractInfo","data":{"e":"contractInfo","E":5,"s":"BTCUSDT","ps":"BTCUSDT","ct":"PERPETUAL","cs":"TRADING"}})",
          R"({"e":"indexPriceUpdate","E":5,"i":"BTCUSD","p":"9429.3"})"}) {
        const ParseResult result = Parse(frame);
        EXPECT_TRUE(result.ok() && result.ignored) << frame;
        EXPECT_TRUE(events_.empty());
    }
}

TEST_F(CoinMarginedParseTest, QuantitiesCountContracts) {
    const auto trade = Expect<model::Trade>(
        R"({"e":"trade","E":9,"T":8,"s":"BTCUSD_PERP","t":849714402,"p":"61804.8","q":"4","X":"MARKET","m":false,"st":2,"ps":"BTCUSD"})"
    );
    EXPECT_EQ(instrument_, 8u);
    EXPECT_EQ(trade.quantity, D("4"));
    EXPECT_EQ(trade.quantity_unit, model::QuantityUnit::kContracts);
    EXPECT_FALSE(trade.base_quantity);  // would need a division
    const auto delta = Expect<model::BookDelta>(
        R"({"e":"depthUpdate","E":5,"T":4,"s":"BTCUSD_PERP","ps":"BTCUSD","U":157,"u":160,"pu":149,"b":[["1","2"]],"a":[]})"
    );
    EXPECT_EQ(delta.quantity_unit, model::QuantityUnit::kContracts);
}

TEST_F(CoinMarginedParseTest, TheQuotesVolumeFollowsFromTheContractSize) {
    const auto ticker = Expect<model::Ticker>(
        R"({"e":"24hrTicker","E":5,"s":"BTCUSD_PERP","ps":"BTCUSD","p":"1","P":"0.3","w":"2","c":"3","Q":"2","o":"4","h":"5","l":"1","v":"654348","q":"21868.80776371","O":1,"C":2,"F":3,"L":4,"n":5})"
    );
    EXPECT_EQ(ticker.volume, D("654348"));
    EXPECT_EQ(ticker.quote_volume, D("65434800"));
    EXPECT_EQ(ticker.quantity_unit, model::QuantityUnit::kContracts);
    const auto kline = Expect<model::Kline>(
        R"({"e":"kline","E":5,"s":"BTCUSD_PERP","k":{"t":1,"T":2,"s":"BTCUSD_PERP","i":"1m","f":1,"L":2,"o":"1","c":"2","h":"3","l":"0.5","v":"401601","n":763,"x":false,"q":"2246.59","V":"1","Q":"2","B":"0"}})"
    );
    EXPECT_EQ(kline.volume, D("401601"));
    EXPECT_EQ(kline.quote_volume, D("40160100"));
    symbols_.Set(
        "BTCUSD_PERP", 8, InstrumentFacts{.quantity_unit = model::QuantityUnit::kContracts}
    );
    EXPECT_FALSE(
        Expect<model::Ticker>(
            R"({"e":"24hrTicker","E":5,"s":"BTCUSD_PERP","c":"3","o":"4","h":"5","l":"1","v":"654348","q":"21868.8"})"
        )
            .quote_volume
    );
}

// Cut anywhere, a message is bad and never read beyond its end.
TEST_F(ContractParseTest, CutMessagesAreBad) {
    for (const std::string& frame : {kMarkPrice, kForceOrder}) {
        for (size_t size = 0; size < frame.size(); ++size) {
            const std::string cut = frame.substr(0, size);
            EXPECT_FALSE(Parse(cut).ok()) << cut;
            EXPECT_TRUE(events_.empty()) << cut;
        }
    }
}

TEST_F(ContractParseTest, KeysOfOtherLengthsAndEscapesConfuseNobody) {
    const auto bbo = Expect<model::Bbo>(
        R"({"u":1,"e":"bookTicker","":"x","\"":"y","s":"BTCUSDT","\\u":"5","pu":"9","puu":"3","b":"1","B":"1","a":"2","A":"1","T":3,"E":4})"
    );
    EXPECT_EQ(bbo.update_id, 1u);
}

}  // namespace
}  // namespace mp::collector::binance
