#include "collector/venues/deribit/parse_case.hpp"

namespace mp::collector::deribit {
namespace {

using testing::D;

TEST_F(DeribitParseTest, ReadsTradesOfItsNewEngineToo) {
    const auto& trade = Expect<model::Trade>(Message(
        "trades.BTC-PERPETUAL.100ms",
        R"([{"timestamp":1786563104514,"price":63344.5,"direction":"buy","index_price":63325.19,"trade_id":"440192723","instrument_name":"BTC-PERPETUAL","trade_seq":296152987,"amount":20,"mark_price":63341.87,"tick_direction":1,"starbase_match_id":"213378943477100544","contracts":2,"starbase_timestamp":1786563104514208300}])"
    ));
    EXPECT_EQ(seen_[0].instrument, kInverse);
    EXPECT_EQ(seen_[0].text, "440192723");
    EXPECT_EQ(trade.price, D("63344.5"));
    EXPECT_EQ(trade.quantity, D("20"));
    EXPECT_EQ(trade.quantity_unit, model::QuantityUnit::kQuote);
    EXPECT_EQ(trade.side, model::Side::kBuy);
    EXPECT_EQ(trade.sequence, 296152987u);
    EXPECT_FALSE(trade.base_quantity);
    EXPECT_EQ(seen_[0].event.order_ts, 1'786'563'104'514 * kMillisecond);
    EXPECT_TRUE(seen_[0].link->Continues(296152986));
}

TEST_F(DeribitParseTest, ALiquidationIsTheForcedOrders) {
    const auto frame = [](std::string_view mark) {
        return Message(
            "trades.BTC-PERPETUAL.100ms",
            R"([{"trade_seq":7,"trade_id":"66","timestamp":5,"price":4458.5,"direction":"buy","amount":2500.0,"liquidation":")" +
                std::string(mark) + "\"}]"
        );
    };
    const auto& taker = Expect<model::Liquidation>(frame("T"), 1, 2);
    EXPECT_EQ(taker.side, model::Side::kBuy);
    EXPECT_EQ(taker.price, D("4458.5"));
    EXPECT_EQ(taker.quantity, D("2500"));
    EXPECT_EQ(taker.quantity_unit, model::QuantityUnit::kQuote);
    EXPECT_EQ(taker.instrument_type, model::InstrumentType::kSwap);
    EXPECT_EQ(seen_[1].text, "66");
    EXPECT_EQ(Expect<model::Liquidation>(frame("M"), 1, 2).side, model::Side::kSell);
    EXPECT_EQ(Expect<model::Liquidation>(frame("MT"), 1, 2).side, model::Side::kBuy);
    EXPECT_EQ(seen_[1].event.order_ts, 5 * kMillisecond);
}

TEST_F(DeribitParseTest, ReadsABook) {
    const auto& book = Expect<model::BookSnapshot>(Book(
        R"({"type":"snapshot","timestamp":1622626472678,"change_id":100,"prev_change_id":null,"bids":[["new",37317.0,2960.0],["new",3.73e4,530.0]],"asks":[]})"
    ));
    EXPECT_EQ(book.last_update_id, 100u);
    EXPECT_EQ(book.quantity_unit, model::QuantityUnit::kQuote);
    ASSERT_EQ(seen_[0].bids.size(), 2u);
    EXPECT_EQ(seen_[0].bids[1].price, D("37300"));

    const auto& delta = Expect<model::BookDelta>(Book(
        R"({"type":"change","timestamp":1622626784890,"prev_change_id":100,"change_id":107,"bids":[["delete",37317.0,5.0],["delete",1.5]],"asks":[["change",37399.0,6530.0]]})"
    ));
    EXPECT_EQ(delta.first_update_id, 100u);
    EXPECT_EQ(delta.last_update_id, 107u);
    EXPECT_EQ(delta.previous_update_id, 100u);
    EXPECT_TRUE(seen_[0].bids[0].quantity.IsZero()) << "a deletion deletes";
    EXPECT_TRUE(seen_[0].bids[1].quantity.IsZero());
    EXPECT_EQ(seen_[0].asks[0].quantity, D("6530"));
    EXPECT_TRUE(seen_[0].link->Continues(100));

    Expect<model::BookSnapshot>(
        Book(R"({"timestamp":1,"change_id":5,"bids":[["new",217.8,1895.0]],"asks":[]})")
    );
    Expect<model::BookDelta>(
        Book(R"({"timestamp":1,"prev_change_id":5,"change_id":6,"bids":[],"asks":[]})")
    );
}

TEST_F(DeribitParseTest, ASideThatIsNotThereSaysNothing) {
    Expect<model::BookDelta>(Book(
        R"({"type":"change","timestamp":1,"prev_change_id":5,"change_id":6,"bids":[["new",1,2]],"asks":[["new",3,2]]})"
    ));
    Expect<model::BookDelta>(Book(
        R"({"type":"change","timestamp":1,"prev_change_id":6,"change_id":7,"bids":[["new",1,3]]})"
    ));
    EXPECT_EQ(seen_[0].bids.size(), 1u);
    EXPECT_TRUE(seen_[0].asks.empty());
}

TEST_F(DeribitParseTest, ReadsPricesOfCombosBelowZero) {
    Expect<model::BookDelta>(Book(
        R"({"type":"change","timestamp":1,"prev_change_id":5,"change_id":6,"bids":[["new",-13.5,10.0]],"asks":[]})"
    ));
    EXPECT_EQ(seen_[0].bids[0].price, D("-13.5"));
}

TEST_F(DeribitParseTest, ReadsAQuoteWhereThereIsOne) {
    const auto& bbo = Expect<model::Bbo>(Message(
        "quote.BTC-25DEC26-80000-C",
        R"({"timestamp":1654012882984,"best_bid_price":0.0275,"best_bid_amount":12.5,"best_ask_price":0.0,"best_ask_amount":0.0})"
    ));
    EXPECT_EQ(bbo.bid_price, D("0.0275"));
    EXPECT_EQ(bbo.bid_quantity, D("12.5"));
    EXPECT_FALSE(bbo.ask_price);
    EXPECT_FALSE(bbo.ask_quantity);
    EXPECT_EQ(bbo.update_id, 0u);
    EXPECT_EQ(bbo.quantity_unit, model::QuantityUnit::kBase);
    const auto& empty = Expect<model::Bbo>(Message(
        "quote.BTC-PERPETUAL",
        R"({"timestamp":1,"best_bid_price":null,"best_bid_amount":0.0,"best_ask_price":null,"best_ask_amount":null})"
    ));
    EXPECT_FALSE(empty.bid_price);
    EXPECT_FALSE(empty.ask_quantity);
}

TEST_F(DeribitParseTest, ATickerIsFourSeries) {
    const auto& ticker = Expect<model::Ticker>(kPerpetualTicker, 0, 4);
    EXPECT_EQ(ticker.last_price, D("63344"));
    EXPECT_EQ(ticker.high_price, D("64422"));
    EXPECT_EQ(ticker.low_price, D("63261"));
    EXPECT_EQ(ticker.volume, D("2778.68467406"));
    EXPECT_EQ(ticker.quote_volume, D("177187410"));
    EXPECT_EQ(ticker.quantity_unit, model::QuantityUnit::kBase);
    EXPECT_FALSE(ticker.open_price);
    const auto& mark = Expect<model::MarkPrice>(kPerpetualTicker, 1, 4);
    EXPECT_EQ(mark.mark_price, D("63346.33"));
    EXPECT_EQ(mark.index_price, D("63329.18"));
    const auto& interest = Expect<model::OpenInterest>(kPerpetualTicker, 2, 4);
    EXPECT_EQ(interest.open_interest, D("716004750"));
    EXPECT_EQ(interest.quantity_unit, model::QuantityUnit::kQuote);
    const auto& funding = Expect<model::FundingRate>(kPerpetualTicker, 3, 4);
    EXPECT_EQ(funding.funding_rate, D("0.00002081"));
    EXPECT_EQ(funding.premium_index, D("17.15"));
    EXPECT_FALSE(funding.next_funding_time);
    for (const Seen& seen : seen_) {
        EXPECT_EQ(seen.event.order_ts, 1'786'563'120'494 * kMillisecond);
        EXPECT_FALSE(seen.link);
    }
}

TEST_F(DeribitParseTest, AnUntradedOptionHasATickerWithoutPrices) {
    const auto& ticker = Expect<model::Ticker>(
        Message(
            "ticker.BTC-25DEC26-80000-C.100ms",
            R"({"timestamp":1,"stats":{"volume":null,"low":null,"high":null},"open_interest":0.0,"mark_price":0.151031,"last_price":null,"index_price":2365.41,"estimated_delivery_price":"expired"})"
        ),
        0,
        3
    );
    EXPECT_FALSE(ticker.last_price);
    EXPECT_FALSE(ticker.volume);
    EXPECT_FALSE(ticker.quote_volume);
    EXPECT_TRUE(std::get<model::OpenInterest>(seen_[2].event.body).open_interest->IsZero());
}

TEST_F(DeribitParseTest, PricesOfCombosMayBeNegative) {
    symbols_.Set("BTC-FS-25DEC26_PERP", 9);
    Expect<model::BookDelta>(Message(
        "book.BTC-FS-25DEC26_PERP.100ms",
        R"({"type":"change","timestamp":1,"prev_change_id":5,"change_id":6,"bids":[["new",-7.0,2e3]],"asks":[["new",-6.5,1.0]]})"
    ));
    EXPECT_EQ(seen_[0].instrument, 9u);
    EXPECT_EQ(seen_[0].bids[0].price, D("-7"));
    EXPECT_EQ(seen_[0].bids[0].quantity, D("2000"));
    EXPECT_EQ(seen_[0].asks[0].price, D("-6.5"));
    const auto& ticker = Expect<model::Ticker>(
        Message(
            "ticker.BTC-FS-25DEC26_PERP.100ms",
            R"({"timestamp":1,"stats":{"volume":12.5,"low":-14.0,"high":-13.5},"mark_price":-7.25,"last_price":-13.5,"index_price":2365.41})"
        ),
        0,
        2
    );
    EXPECT_EQ(ticker.last_price, D("-13.5"));
    EXPECT_EQ(ticker.low_price, D("-14"));
    EXPECT_EQ(BodyOf<model::MarkPrice>(1).mark_price, D("-7.25"));
    const auto& quote = Expect<model::Bbo>(Message(
        "quote.BTC-FS-25DEC26_PERP",
        R"({"timestamp":1,"best_bid_price":-7.0,"best_bid_amount":10.0,"best_ask_price":0.0,"best_ask_amount":0.0})"
    ));
    EXPECT_EQ(quote.bid_price, D("-7"));
    EXPECT_FALSE(quote.ask_price);
}

TEST_F(DeribitParseTest, ReadsBars) {
    const auto& bar = Expect<model::Kline>(Message(
        "chart.trades.BTC-PERPETUAL.60",
        R"({"volume":0.00172302,"tick":1677628800000,"open":23215.0,"low":23214.5,"high":23216.0,"cost":40.0,"close":23215.5})"
    ));
    EXPECT_EQ(seen_[0].text, "1h");
    EXPECT_EQ(bar.open_time, 1'677'628'800'000 * kMillisecond);
    EXPECT_EQ(bar.close_time, 1'677'632'399'999 * kMillisecond);
    EXPECT_EQ(bar.volume, D("0.00172302"));
    EXPECT_EQ(bar.quote_volume, D("40"));
    EXPECT_FALSE(bar.closed);
    EXPECT_EQ(seen_[0].event.order_ts, kReceived);
    EXPECT_FALSE(seen_[0].event.exchange_ts);
}

}  // namespace
}  // namespace mp::collector::deribit
