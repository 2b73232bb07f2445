#include "collector/venues/bybit/parse_case.hpp"
#include "model/identity.hpp"

namespace mp::collector::bybit {
namespace {

using testing::D;

TEST_F(BybitParseTest, ReadsTradesOfBothMarkets) {
    const auto& contract = Expect<model::Trade>(Rows(
        "publicTrade",
        R"({"T":1790000000001,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick","i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false,"RPI":false,"seq":1783284617})"
    ));
    EXPECT_EQ(seen_[0].instrument, kBtc);
    EXPECT_EQ(contract.price, D("16578.5"));
    EXPECT_EQ(contract.quantity, D("0.001"));
    EXPECT_EQ(contract.side, model::Side::kBuy);
    EXPECT_EQ(contract.sequence, 1783284617u);
    EXPECT_EQ(contract.id_space, model::TradeIdSpace::kTrade);
    EXPECT_EQ(contract.quantity_unit, model::QuantityUnit::kBase);
    EXPECT_FALSE(contract.base_quantity);
    EXPECT_EQ(seen_[0].text, "20f43950-d8dd-5b31-9112-a178eb6023af");
    EXPECT_EQ(seen_[0].event.order_ts, 1'790'000'000'001 * kMillisecond);
    EXPECT_EQ(seen_[0].event.exchange_ts, 1'790'000'000'003 * kMillisecond);
    EXPECT_FALSE(seen_[0].link) << "ids prove nothing";

    const auto& spot = Expect<model::Trade>(
        R"({"topic":"publicTrade.BTCUSDT","ts":1790000000003,"type":"snapshot","data":[{"i":"2280000001739247417","T":1790000000002,"p":"1923.28","v":"0.04537","S":"Sell","seq":178477362706,"s":"BTCUSDT","BT":false,"RPI":false},{"i":"2280000001739247418","T":1790000000002,"p":"1923.28","v":"1","S":"Sell","s":"BTCUSDT"}]})",
        0,
        2
    );
    EXPECT_EQ(spot.side, model::Side::kSell);
    EXPECT_EQ(seen_[0].text, "2280000001739247417") << "a text although it is a number";
    EXPECT_EQ(BodyOf<model::Trade>(1).sequence, 0u) << "there was none before 2024";
}

TEST_F(BybitParseTest, ReadsABookFromSnapshotToDelta) {
    const auto& book = Expect<model::BookSnapshot>(Book(
        "orderbook.200",
        "snapshot",
        R"("b":[["16493.50","0.006"],["16493.00","0.100"]],"a":[["16611.00","0.029"]],"u":18521288,"seq":7961638724)"
    ));
    EXPECT_EQ(book.last_update_id, 18521288u);
    ASSERT_EQ(seen_[0].bids.size(), 2u);
    EXPECT_EQ(seen_[0].bids[0].price, D("16493.5"));
    EXPECT_EQ(seen_[0].asks[0].quantity, D("0.029"));
    EXPECT_EQ(seen_[0].event.order_ts, 1'790'000'000'100 * kMillisecond) << "of the match";
    EXPECT_EQ(seen_[0].event.exchange_ts, 1'790'000'000'103 * kMillisecond);

    const auto& delta = Expect<model::BookDelta>(Book(
        "orderbook.200", "delta", R"("b":[],"a":[["16611.00","0"]],"u":18521289,"seq":7961638725)"
    ));
    EXPECT_EQ(delta.first_update_id, 18521289u);
    EXPECT_EQ(delta.last_update_id, 18521289u);
    EXPECT_FALSE(delta.previous_update_id);
    EXPECT_TRUE(seen_[0].link->Continues(18521288));
    EXPECT_FALSE(seen_[0].link->Continues(18521287));
    EXPECT_TRUE(seen_[0].asks[0].quantity.IsZero());
    EXPECT_EQ(
        Parse(Book("orderbook.200", "delta", R"("b":[["x","1"]],"a":[],"u":1)")).type,
        model::DataType::kBookDelta
    );
}

TEST_F(BybitParseTest, AnIdOf1BeginsAnew) {
    const auto& book = Expect<model::BookSnapshot>(
        Book("orderbook.50", "delta", R"("b":[["1","2"]],"a":[],"u":1,"seq":9)")
    );
    EXPECT_EQ(book.last_update_id, 1u);
    Expect<model::BookDelta>(
        Book("orderbook.50", "delta", R"("b":[["1","3"]],"a":[],"u":2,"seq":10)")
    );
    EXPECT_TRUE(seen_[0].link->Continues(1));
}

TEST_F(BybitParseTest, AnEventIsTheSameWhateverItsConnectionHasSeen) {
    const auto book = [](std::string_view type, std::string_view id) {
        return Book(
            "orderbook.50",
            type,
            R"("b":[["1","2"]],"a":[["2","1"]],"seq":10,"u":)" + std::string(id)
        );
    };
    const auto quote = [](std::string_view type, std::string_view id, std::string_view bid) {
        return Book(
            "orderbook.1",
            type,
            R"("b":[["1",")" + std::string(bid) + R"("]],"a":[["2","1"]],"seq":10,"u":)" +
                std::string(id)
        );
    };
    ExpectSameAfter(
        {book("snapshot", "77"),
         book("delta", "78"),
         book("snapshot", "1"),
         book("delta", "2"),
         quote("snapshot", "5", "9"),
         quote("delta", "6", "8")},
        {book("snapshot", "2"),
         book("delta", "3"),
         quote("snapshot", "7", "3"),
         quote("delta", "8", "4")}
    );
}

TEST_F(BybitParseTest, BooksOfOldHadOneTimeOnly) {
    Expect<model::BookDelta>(
        R"({"topic":"orderbook.50.BTCUSDT","type":"delta","ts":1680673821651,"data":{"s":"BTCUSDT","b":[["28555.20","0.677"]],"a":[],"u":20683569,"seq":10916156553}})"
    );
    EXPECT_EQ(seen_[0].event.order_ts, 1'680'673'821'651 * kMillisecond);
}

TEST_F(BybitParseTest, ReadsBestQuotes) {
    const auto& quote = Expect<model::Bbo>(Book(
        "orderbook.1",
        "snapshot",
        R"("b":[["0.6131","17.9"]],"a":[["0.6134","35.4"]],"u":7,"seq":9)"
    ));
    EXPECT_EQ(quote.bid_price, D("0.6131"));
    EXPECT_EQ(quote.bid_quantity, D("17.9"));
    EXPECT_EQ(quote.ask_price, D("0.6134"));
    EXPECT_EQ(quote.ask_quantity, D("35.4"));
    EXPECT_EQ(quote.update_id, 7u);
    EXPECT_EQ(seen_[0].event.order_ts, 1'790'000'000'100 * kMillisecond);

    const ParseResult again = Parse(Book(
        "orderbook.1",
        "snapshot",
        R"("b":[["0.6131","17.9"]],"a":[["0.6134","35.4"]],"u":7,"seq":11)"
    ));
    EXPECT_TRUE(again.ok() && !again.ignored);
    EXPECT_TRUE(seen_.empty()) << "sent again after three quiet seconds";
    ASSERT_EQ(skipped_.size(), 1u);

    const auto& delta = Expect<model::Bbo>(
        Book("orderbook.1", "delta", R"("b":[["0.6131","5"]],"a":[],"u":8,"seq":12)")
    );
    EXPECT_EQ(delta.bid_quantity, D("5"));
    EXPECT_EQ(delta.ask_quantity, D("35.4")) << "an empty side has not changed";
    const auto& moved = Expect<model::Bbo>(Book(
        "orderbook.1", "delta", R"("b":[["0.6131","0"],["0.6130","2"]],"a":[["0.6134","0"]],"u":9)"
    ));
    EXPECT_EQ(moved.bid_price, D("0.613"));
    EXPECT_FALSE(moved.ask_price);
    const auto& one_sided =
        Expect<model::Bbo>(Book("orderbook.1", "snapshot", R"("b":[],"a":[["2","1"]],"u":10)"));
    EXPECT_FALSE(one_sided.bid_price);
    EXPECT_EQ(one_sided.ask_price, D("2"));
}

TEST_F(BybitParseTest, AContractsTickerIsFourSeries) {
    const auto& ticker = Expect<model::Ticker>(Ticker("snapshot", kWhole), 0, 4);
    EXPECT_EQ(ticker.last_price, D("17216"));
    EXPECT_EQ(ticker.open_price, D("16926.5"));
    EXPECT_EQ(ticker.high_price, D("17281.5"));
    EXPECT_EQ(ticker.low_price, D("16915"));
    EXPECT_EQ(ticker.volume, D("91705.276"));
    EXPECT_EQ(ticker.quote_volume, D("1570383121.943499"));
    const auto& mark = BodyOf<model::MarkPrice>(1);
    EXPECT_EQ(mark.mark_price, D("17217.33"));
    EXPECT_EQ(mark.index_price, D("17227.36"));
    const auto& interest = BodyOf<model::OpenInterest>(2);
    EXPECT_EQ(interest.open_interest, D("68744.761"));
    EXPECT_EQ(interest.open_interest_value, D("1183601235.91"));
    EXPECT_EQ(interest.quantity_unit, model::QuantityUnit::kBase);
    const auto& funding = BodyOf<model::FundingRate>(3);
    EXPECT_EQ(funding.funding_rate, D("-0.000212"));
    EXPECT_EQ(funding.next_funding_time, 1'790'006'400'000 * kMillisecond);
    EXPECT_EQ(funding.mark_price, D("17217.33"));
    EXPECT_EQ(funding.index_price, D("17227.36"));
    EXPECT_EQ(funding.premium_index, D("-10.03"));
    EXPECT_FALSE(funding.estimated_rate);
    EXPECT_EQ(seen_[3].event.order_ts, 1'790'000'000'005 * kMillisecond);
}

TEST_F(BybitParseTest, ADeltaChangesOnlyWhatItSays) {
    EXPECT_TRUE(Parse(Ticker("delta", R"("markPrice":"1")")).ok());
    EXPECT_TRUE(seen_.empty()) << "of a contract of which nothing is known yet";
    EXPECT_FALSE(Parse(Ticker("delta", R"("markPrice":"1x")")).ok()) << "nor that it is bad";
    Expect<model::Ticker>(Ticker("snapshot", kWhole), 0, 4);

    Parse(Ticker("delta", R"("symbol":"BTCUSDT","bid1Price":"1","bid1Size":"2")"));
    EXPECT_TRUE(seen_.empty()) << "best quotes have a stream of their own";
    const auto& mark =
        Expect<model::MarkPrice>(Ticker("delta", R"("markPrice":"17218.00")", 1790000000105));
    EXPECT_EQ(mark.mark_price, D("17218"));
    EXPECT_EQ(mark.index_price, D("17227.36"));
    EXPECT_EQ(seen_[0].event.order_ts, 1'790'000'000'105 * kMillisecond);
    const auto& funding = Expect<model::FundingRate>(Ticker("delta", R"("fundingRate":"0.0001")"));
    EXPECT_EQ(funding.funding_rate, D("0.0001"));
    EXPECT_EQ(funding.next_funding_time, 1'790'006'400'000 * kMillisecond);
    EXPECT_EQ(funding.mark_price, D("17218"));
    const auto& ticker = Expect<model::Ticker>(
        Ticker("delta", R"("volume24h":"5","highPrice24h":"","openInterest":"7")"), 0, 2
    );
    EXPECT_EQ(ticker.volume, D("5"));
    EXPECT_EQ(ticker.last_price, D("17216"));
    EXPECT_FALSE(ticker.high_price) << "empty: there is none";
    EXPECT_EQ(BodyOf<model::OpenInterest>(1).open_interest_value, D("1183601235.91"));

    EXPECT_FALSE(Parse(Ticker("delta", R"("markPrice":"17300","indexPrice":"x")")).ok());
    const auto& after = Expect<model::MarkPrice>(Ticker("delta", R"("indexPrice":"17300")"));
    EXPECT_EQ(after.mark_price, D("17218")) << "a bad message changes nothing";
    const auto& anew = Expect<model::MarkPrice>(Ticker("snapshot", R"("markPrice":"2")"));
    EXPECT_FALSE(anew.index_price) << "a snapshot is all that there is";
}

TEST_F(BybitParseTest, ADatedContractHasNoFunding) {
    Expect<model::MarkPrice>(
        Ticker("snapshot", R"("markPrice":"2","fundingRate":"","nextFundingTime":"")")
    );
}

TEST_F(BybitParseTest, ATickerOfSpotIsOneSeries) {
    const auto& ticker = Expect<model::Ticker>(
        R"({"topic":"tickers.BTCUSDT","ts":1790000000126,"type":"snapshot","cs":112488546160,"data":{"symbol":"BTCUSDT","lastPrice":"65140.5","highPrice24h":"65305.6","lowPrice24h":"64727.9","prevPrice24h":"65045.3","volume24h":"2953.835931","turnover24h":"191907024.69597728","price24hPcnt":"0.0015","usdIndexPrice":"65091.459221"}})"
    );
    EXPECT_EQ(ticker.quote_volume, D("191907024.69597728"));
    EXPECT_EQ(ticker.open_price, D("65045.3"));
}

TEST_F(BybitParseTest, ReadsBars) {
    const std::string row =
        R"({"start":1789999980000,"end":1790000039999,"interval":"60","open":"16649.5","close":"16677","high":"16678","low":"16608","volume":"2.081","turnover":"34666.4005","confirm":true,"timestamp":1790000000000})";
    const auto& bar = Expect<model::Kline>(
        R"({"type":"snapshot","topic":"kline.60.BTCUSDT","data":[)" + row +
        R"(],"ts":1790000000001})"
    );
    EXPECT_EQ(seen_[0].text, "1h");
    EXPECT_EQ(bar.open_time, 1'789'999'980'000 * kMillisecond);
    EXPECT_EQ(bar.close_time, 1'790'000'039'999 * kMillisecond);
    EXPECT_EQ(bar.open, D("16649.5"));
    EXPECT_EQ(bar.high, D("16678"));
    EXPECT_EQ(bar.low, D("16608"));
    EXPECT_EQ(bar.close, D("16677"));
    EXPECT_EQ(bar.volume, D("2.081"));
    EXPECT_EQ(bar.quote_volume, D("34666.4005"));
    EXPECT_TRUE(bar.closed);
    EXPECT_EQ(seen_[0].event.order_ts, 1'790'000'000'000 * kMillisecond);
    EXPECT_EQ(seen_[0].event.exchange_ts, 1'790'000'000'001 * kMillisecond);
    Expect<model::Kline>(R"({"topic":"kline.M.BTCUSDT","ts":5,"data":[)" + row + "]}");
    EXPECT_EQ(seen_[0].text, "1M");
}

TEST_F(BybitParseTest, ALiquidationIsTheForcedOrders) {
    const std::string long_position =
        R"({"T":1790000000002,"s":"BTCUSDT","S":"Buy","v":"20000","p":"0.04499"})";
    const auto& order = Expect<model::Liquidation>(
        Rows(
            "allLiquidation",
            long_position + "," + long_position +
                R"(,{"T":1790000000002,"s":"BTCUSDT","S":"Sell","v":"1","p":"2"})"
        ),
        0,
        3
    );
    EXPECT_EQ(order.side, model::Side::kSell) << "a long position is sold";
    EXPECT_EQ(order.price, D("0.04499"));
    EXPECT_EQ(order.quantity, D("20000"));
    EXPECT_EQ(order.instrument_type, model::InstrumentType::kSwap);
    EXPECT_EQ(seen_[0].event.order_ts, 1'790'000'000'002 * kMillisecond);
    EXPECT_EQ(BodyOf<model::Liquidation>(2).side, model::Side::kBuy);
    EXPECT_NE(model::IdentityText(seen_[0].event), model::IdentityText(seen_[1].event));
}

}  // namespace
}  // namespace mp::collector::bybit
