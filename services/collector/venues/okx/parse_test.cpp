#include "collector/venues/okx/parse_case.hpp"

namespace mp::collector::okx {
namespace {

using testing::D;

TEST_F(OkxParseTest, ReadsAFill) {
    const auto& trade = Expect<model::Trade>(Row(
        "trades-all",
        "BTC-USDT",
        R"({"instId":"BTC-USDT","tradeId":"314161276","px":"43474.10","sz":"0.00373695","side":"buy","ts":"1790000000123","source":"0","seqId":77})"
    ));
    EXPECT_EQ(seen_[0].instrument, kSpot);
    EXPECT_EQ(trade.price, D("43474.1"));
    EXPECT_EQ(trade.quantity, D("0.00373695"));
    EXPECT_EQ(trade.trade_id.number, 314161276u);
    EXPECT_EQ(trade.id_space, model::TradeIdSpace::kTrade);
    EXPECT_EQ(trade.sequence, 77u);
    EXPECT_EQ(trade.side, model::Side::kBuy);
    EXPECT_EQ(trade.quantity_unit, model::QuantityUnit::kBase);
    EXPECT_FALSE(trade.base_quantity);
    EXPECT_EQ(seen_[0].event.order_ts, 1'790'000'000'123'000'000);
    EXPECT_EQ(seen_[0].event.exchange_ts, 1'790'000'000'123'000'000);
    EXPECT_EQ(seen_[0].event.received_ts, kReceived);
    ASSERT_TRUE(seen_[0].link);
    EXPECT_TRUE(seen_[0].link->Continues(314161275));
}

TEST_F(OkxParseTest, ReadsTakerOrdersWithTheFillsThatTheyStandFor) {
    const ParseResult result = Parse(Row(
        "trades",
        "BTC-USDT-SWAP",
        R"({"instId":"BTC-USDT-SWAP","tradeId":"110","px":"1","sz":"1.5","side":"sell","ts":"5","count":"3","seqId":9},)"
        R"({"instId":"BTC-USDT-SWAP","tradeId":"111","px":"2","sz":"2","side":"buy","ts":"6"})"
    ));
    ASSERT_TRUE(result.ok());
    ASSERT_EQ(seen_.size(), 2u);
    const auto& first = std::get<model::Trade>(seen_[0].event.body);
    EXPECT_EQ(first.id_space, model::TradeIdSpace::kAggregate);
    EXPECT_EQ(first.first_fill_id, 108u);
    EXPECT_EQ(first.last_fill_id, 110u);
    EXPECT_EQ(first.quantity_unit, model::QuantityUnit::kContracts);
    EXPECT_EQ(first.base_quantity, D("0.015"));
    EXPECT_TRUE(seen_[0].link->Continues(107));
    EXPECT_TRUE(seen_[1].link->Continues(110));
    EXPECT_EQ(std::get<model::Trade>(seen_[1].event.body).sequence, 0u);
}

TEST_F(OkxParseTest, ContractsOfFixedQuoteValueHaveNoBaseQuantity) {
    const auto& trade = Expect<model::Trade>(Row(
        "trades", "BTC-USD-260327", R"({"tradeId":"1","px":"2","sz":"3","side":"buy","ts":"5"})"
    ));
    EXPECT_EQ(trade.quantity_unit, model::QuantityUnit::kContracts);
    EXPECT_FALSE(trade.base_quantity);
}

TEST_F(OkxParseTest, ReadsABookFromSnapshotToReset) {
    const auto& book = Expect<model::BookSnapshot>(BookFrame(
        "snapshot",
        R"("asks":[["8476.98","415","0","13"],["8477","7","0","2"]],"bids":[["8476.97","256","0","12"]],)"
        R"("ts":"1790000000000","checksum":-855196043,"seqId":1000,"prevSeqId":-1)"
    ));
    EXPECT_EQ(book.last_update_id, 1000u);
    EXPECT_EQ(book.origin, model::SnapshotOrigin::kVenue);
    ASSERT_EQ(seen_[0].asks.size(), 2u);
    EXPECT_EQ(seen_[0].asks[1].quantity, D("7"));
    EXPECT_EQ(seen_[0].bids[0].price, D("8476.97"));
    ASSERT_TRUE(seen_[0].link);
    EXPECT_EQ(seen_[0].link->checksum, static_cast<uint32_t>(-855196043));

    const auto& delta = Expect<model::BookDelta>(BookFrame(
        "update",
        R"("asks":[["8477","0","0","0"]],"bids":[],"ts":"1790000000100","checksum":0,"seqId":1010,"prevSeqId":1000)"
    ));
    EXPECT_EQ(delta.first_update_id, 1000u);
    EXPECT_EQ(delta.last_update_id, 1010u);
    EXPECT_EQ(delta.previous_update_id, 1000u);
    EXPECT_TRUE(seen_[0].link->Continues(1000));
    EXPECT_FALSE(seen_[0].link->checksum) << "0 means that there is none";
    EXPECT_TRUE(seen_[0].asks[0].quantity.IsZero());

    const auto& reset = Expect<model::BookDelta>(BookFrame(
        "update",
        R"("asks":[],"bids":[["8476.97","1","0","1"]],"ts":"1790000000200","checksum":0,"seqId":3,"prevSeqId":1010)"
    ));
    EXPECT_EQ(reset.last_update_id, 3u);
    EXPECT_EQ(reset.previous_update_id, 1010u);
    EXPECT_TRUE(seen_[0].link->Continues(1010));
    Expect<model::BookDelta>(BookFrame(
        "update", R"("asks":[["1","1"]],"bids":[],"ts":"1790000000300","seqId":4,"prevSeqId":3)"
    ));
    EXPECT_TRUE(seen_[0].link->Continues(3));
    const auto& again = Expect<model::BookSnapshot>(BookFrame(
        "snapshot", R"("asks":[],"bids":[],"ts":"1790000000400","seqId":4,"prevSeqId":-1)"
    ));
    EXPECT_EQ(again.last_update_id, 4u);
}

TEST_F(OkxParseTest, AnEventIsTheSameWhateverItsConnectionHasSeen) {
    const std::string begin = BookFrame(
        "snapshot",
        R"("asks":[["3","1"]],"bids":[["2","1"]],"ts":"1790000000000","seqId":1000,"prevSeqId":-1)"
    );
    const std::string reset = BookFrame(
        "update", R"("asks":[],"bids":[["2","4"]],"ts":"1790000000200","seqId":3,"prevSeqId":1000)"
    );
    const std::string snapshot = BookFrame(
        "snapshot",
        R"("asks":[["3","1"]],"bids":[["2","4"]],"ts":"1790000000300","seqId":3,"prevSeqId":-1)"
    );
    const std::string next = BookFrame(
        "update",
        R"("asks":[["3","5"]],"bids":[],"ts":"1790000000400","checksum":7,"seqId":4,"prevSeqId":3)"
    );
    ExpectSameAfter({begin, reset}, {snapshot, next});
}

TEST_F(OkxParseTest, SignsOfLifeAreNoEvents) {
    for (const char* frame :
         {R"("asks":[],"bids":[],"ts":"1790000000100","checksum":0,"seqId":10,"prevSeqId":10)",
          R"("asks":[],"bids":[],"ts":"1626995753399","checksum":1449106703)"}) {
        EXPECT_TRUE(Parse(BookFrame("update", frame)).ok());
        EXPECT_TRUE(seen_.empty()) << frame;
    }
    Expect<model::BookDelta>(
        BookFrame("update", R"("asks":[],"bids":[],"ts":"1","seqId":11,"prevSeqId":10)")
    );
}

TEST_F(OkxParseTest, OldBooksHaveNothingButTheirChecksum) {
    const std::string update =
        R"("asks":[["1","1","0","1"]],"bids":[],"ts":"1626995753399","checksum":1449106703)";
    Expect<model::BookDelta>(BookFrame("update", update));
    EXPECT_FALSE(seen_[0].link) << "no snapshot yet: the texts are not known";
    Expect<model::BookSnapshot>(BookFrame("snapshot", update));
    const auto& delta = Expect<model::BookDelta>(BookFrame("update", update));
    EXPECT_EQ(delta.first_update_id, 0u);
    EXPECT_EQ(delta.last_update_id, 0u);
    EXPECT_FALSE(delta.previous_update_id);
    ASSERT_TRUE(seen_[0].link);
    EXPECT_EQ(seen_[0].link->checksum, 1449106703u);
}

TEST_F(OkxParseTest, AChecksumOfTextsThatAreNotKeptIsWithheld) {
    const std::string rest = R"("bids":[],"ts":"1","checksum":7,"seqId":2,"prevSeqId":1)";
    Expect<model::BookSnapshot>(BookFrame("snapshot", R"("asks":[["1.5","1"]],)" + rest));
    EXPECT_TRUE(seen_[0].link->checksum);
    Expect<model::BookDelta>(BookFrame("update", R"("asks":[["1.50","1"]],)" + rest));
    EXPECT_FALSE(seen_[0].link->checksum);
    Expect<model::BookDelta>(BookFrame("update", R"("asks":[["1.5","1"]],)" + rest));
    EXPECT_FALSE(seen_[0].link->checksum) << "until the book begins anew";
    Expect<model::BookSnapshot>(BookFrame("snapshot", R"("asks":[["1.5","1"]],)" + rest));
    EXPECT_TRUE(seen_[0].link->checksum);
}

TEST_F(OkxParseTest, ReadsABestQuoteThatMayBeOneSided) {
    const auto& bbo = Expect<model::Bbo>(Row(
        "bbo-tbt",
        "BTC-USDT-SWAP",
        R"({"asks":[["111.06","55154","0","2"]],"bids":[],"ts":"1790000000786","seqId":363996337})"
    ));
    EXPECT_EQ(bbo.ask_price, D("111.06"));
    EXPECT_EQ(bbo.ask_quantity, D("55154"));
    EXPECT_FALSE(bbo.bid_price);
    EXPECT_FALSE(bbo.bid_quantity);
    EXPECT_EQ(bbo.update_id, 363996337u);
    EXPECT_EQ(bbo.quantity_unit, model::QuantityUnit::kContracts);
    EXPECT_EQ(seen_[0].event.order_ts, 1'790'000'000'786'000'000);
}

TEST_F(OkxParseTest, ReadsATicker) {
    const auto& spot = Expect<model::Ticker>(Row("tickers", "BTC-USDT", kTickerRow));
    EXPECT_EQ(spot.last_price, D("63921"));
    EXPECT_EQ(spot.open_price, D("64297.6"));
    EXPECT_EQ(spot.high_price, D("64466"));
    EXPECT_EQ(spot.low_price, D("63162.7"));
    EXPECT_EQ(spot.volume, D("7399887.86"));
    EXPECT_EQ(spot.quote_volume, D("73998.8786"));
    const auto& swap = Expect<model::Ticker>(Row("tickers", "BTC-USDT-SWAP", kTickerRow));
    EXPECT_EQ(swap.volume, D("7399887.86"));
    EXPECT_EQ(swap.quantity_unit, model::QuantityUnit::kContracts);
    EXPECT_FALSE(swap.quote_volume) << "of contracts it is the base volume";
    const auto& untraded = Expect<model::Ticker>(
        Row("tickers", "BTC-USDT", R"({"last":"","open24h":"","vol24h":"0","ts":"1786540471710"})")
    );
    EXPECT_FALSE(untraded.last_price);
    EXPECT_EQ(untraded.volume, D("0"));
}

TEST_F(OkxParseTest, ReadsBarsOldAndNew) {
    const auto& spot = Expect<model::Kline>(Row(
        "candle1m",
        "BTC-USDT",
        R"(["1672913160000","16837.25","16837.3","16837.2","16837.25","0.0438","737.4716","737.4716","1"])"
    ));
    EXPECT_EQ(seen_[0].text, "1m");
    EXPECT_EQ(spot.open_time, 1'672'913'160'000 * kMillisecond);
    EXPECT_EQ(spot.close_time, 1'672'913'219'999 * kMillisecond);
    EXPECT_EQ(spot.high, D("16837.3"));
    EXPECT_EQ(spot.low, D("16837.2"));
    EXPECT_EQ(spot.volume, D("0.0438"));
    EXPECT_EQ(spot.quote_volume, D("737.4716"));
    EXPECT_TRUE(spot.closed);
    EXPECT_FALSE(seen_[0].event.exchange_ts);
    EXPECT_EQ(seen_[0].event.order_ts, kReceived);

    const auto& swap = Expect<model::Kline>(
        Row("candle1Mutc",
            "BTC-USDT-SWAP",
            R"(["1706745600000","1","2","0.5","1","133","1.33","77.5","0"])")
    );
    EXPECT_EQ(seen_[0].text, "1M");
    EXPECT_EQ(swap.close_time, 1'709'251'199'999 * kMillisecond) << "a leap February";
    EXPECT_EQ(swap.quote_volume, D("77.5"));
    EXPECT_FALSE(swap.closed);

    const auto& old = Expect<model::Kline>(
        Row("candle1m", "BTC-USDT-SWAP", R"(["1654154520000","1","2","0.5","1","133","1.33"])")
    );
    EXPECT_EQ(old.volume, D("133"));
    EXPECT_FALSE(old.quote_volume);
}

TEST_F(OkxParseTest, BarsThatOpenInHongKongAreOthers) {
    const ParseResult result =
        Parse(Row("candle1D", "BTC-USDT", R"(["1597026383085","1","2","0.5","1","133","1.33"])"));
    EXPECT_TRUE(result.ok());
    EXPECT_TRUE(result.ignored);
    EXPECT_TRUE(seen_.empty());
}

TEST_F(OkxParseTest, ReadsFundingAsOfBothItsTimes) {
    const auto& now = Expect<model::FundingRate>(Row(
        "funding-rate",
        "BTC-USDT-SWAP",
        R"({"fundingRate":"0.0001515","fundingTime":"1790006400000","instId":"BTC-USDT-SWAP","method":"current_period","nextFundingRate":"","nextFundingTime":"1790035200000","ts":"1790000000001"})"
    ));
    EXPECT_EQ(now.funding_rate, D("0.0001515"));
    EXPECT_EQ(now.next_funding_time, 1'790'006'400'000 * kMillisecond);
    EXPECT_FALSE(now.estimated_rate);
    EXPECT_EQ(seen_[0].event.order_ts, 1'790'000'000'001 * kMillisecond);
    const auto& then = Expect<model::FundingRate>(Row(
        "funding-rate",
        "BTC-USDT-SWAP",
        R"({"fundingRate":"-0.0000734174532791","fundingTime":"1646323200000","nextFundingRate":"0.00011"})"
    ));
    EXPECT_EQ(then.funding_rate, D("-0.0000734174532791"));
    EXPECT_EQ(then.estimated_rate, D("0.00011"));
    EXPECT_FALSE(seen_[0].event.exchange_ts);
    EXPECT_EQ(seen_[0].event.order_ts, kReceived);
}

TEST_F(OkxParseTest, AnIndexIsTheMarkOfTheSpotInstrumentOfItsName) {
    const auto& index = Expect<model::MarkPrice>(Row(
        "index-tickers",
        "BTC-USDT",
        R"({"instId":"BTC-USDT","idxPx":"43350.1","high24h":"43649.7","sodUtc0":"43444.1","ts":"1790000000074"})"
    ));
    EXPECT_EQ(seen_[0].instrument, kSpot);
    EXPECT_EQ(index.index_price, D("43350.1"));
    EXPECT_FALSE(index.mark_price);
    EXPECT_EQ(seen_[0].event.order_ts, 1'790'000'000'074 * kMillisecond);
    EXPECT_FALSE(seen_[0].link);
}

TEST_F(OkxParseTest, ReadsOpenInterestAndMarkPrice) {
    const auto& interest = Expect<model::OpenInterest>(Row(
        "open-interest",
        "BTC-USDT-SWAP",
        R"({"instId":"BTC-USDT-SWAP","instType":"SWAP","oi":"2216113.01000000309","oiCcy":"22161.1301000000309","oiUsd":"1939251795.54","ts":"1790000000786"})"
    ));
    EXPECT_EQ(interest.open_interest, D("2216113.01000000309"));
    EXPECT_EQ(interest.open_interest_value, D("1939251795.54"));
    EXPECT_EQ(interest.quantity_unit, model::QuantityUnit::kContracts);
    const auto& long_text = Expect<model::OpenInterest>(
        Row("open-interest",
            "BTC-USDT-SWAP",
            R"({"oi":"5","oiUsd":"1939251795.54769270396321","ts":"1"})")
    );
    EXPECT_FALSE(long_text.open_interest_value) << "never rounded";
    EXPECT_EQ(long_text.open_interest, D("5"));
    const auto& mark = Expect<model::MarkPrice>(
        Row("mark-price",
            "BTC-USD-260327",
            R"({"instType":"FUTURES","markPx":"36.232","ts":"1640131204676"})")
    );
    EXPECT_EQ(mark.mark_price, D("36.232"));
    EXPECT_FALSE(mark.index_price);
}

TEST_F(OkxParseTest, ReadsLiquidationsOfManyInstruments) {
    const std::string detail =
        R"({"bkLoss":"0","bkPx":"0.007831","ccy":"","posSide":"short","side":"buy","sz":"13","ts":"1692266434010"})";
    const std::string frame =
        R"({"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[)" +
        detail + "," + detail +
        R"(],"instFamily":"BTC-USDT","instId":"BTC-USDT-SWAP","instType":"SWAP","uly":"BTC-USDT"},)"
        R"({"details":[)" +
        detail + R"(],"instId":"DOGE-USDT-SWAP"}]})";
    const ParseResult result = Parse(frame);
    ASSERT_TRUE(result.ok());
    EXPECT_FALSE(result.ignored);
    ASSERT_EQ(seen_.size(), 2u);
    const auto& order = std::get<model::Liquidation>(seen_[1].event.body);
    EXPECT_EQ(seen_[1].instrument, kSwap);
    EXPECT_EQ(order.side, model::Side::kBuy);
    EXPECT_EQ(order.price, D("0.007831"));
    EXPECT_EQ(order.quantity, D("13"));
    EXPECT_EQ(order.base_quantity, D("0.13"));
    EXPECT_EQ(order.instrument_type, model::InstrumentType::kSwap);
    EXPECT_EQ(seen_[0].event.ordinal, 0u);
    EXPECT_EQ(seen_[1].event.ordinal, 1u) << "equal orders of one message are told apart";
    EXPECT_EQ(seen_[1].event.order_ts, 1'692'266'434'010 * kMillisecond);
    EXPECT_TRUE(
        Parse(
            R"({"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[],"instId":"X"}]})"
        )
            .ignored
    );
}

}  // namespace
}  // namespace mp::collector::okx
