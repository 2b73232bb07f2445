#include "collector/venues/binance/history.hpp"

#include <gtest/gtest.h>

namespace mp::collector::binance {
namespace {

constexpr Nanos kMs = kMillisecond;
const model::Instrument kSpot{"binance", model::Market::kSpot, "BTC-USDT", "BTCUSDT"};
const model::Instrument kPerpetual{
    "binance", model::Market::kInverse, "BTC-USD-PERP", "BTCUSD_PERP"};

// Readable beyond its end, as answers are.
std::string Padded(std::string_view text) {
    return std::string(text) + std::string(16, '\0');
}

class BinanceHistoryTest : public ::testing::Test {
  protected:
    void Configure(model::Market market, std::string channel, std::vector<std::string> intervals) {
        config_.market = market;
        config_.trade_channel = std::move(channel);
        config_.kline_intervals = std::move(intervals);
        const bool spot = market == model::Market::kSpot;
        history_ = MakeHistory(spot ? "/api/v3" : "/dapi/v1", config_);
    }
    Result<std::vector<PastTrade>> Page(std::string_view body) {
        body_ = Padded(body);
        return history_->trades()->ParsePage(
            std::string_view(body_).substr(0, body.size()), {kSpot, facts_, 77}
        );
    }
    Result<std::vector<model::Event>> Rows(
        model::DataType type, const HistoryCall& call, std::string_view body
    ) {
        body_ = Padded(body);
        return history_->ParseRows(
            type, call, std::string_view(body_).substr(0, body.size()), {kPerpetual, facts_, 77}
        );
    }

    VenueConfig config_;
    InstrumentFacts facts_;
    std::unique_ptr<History> history_;
    std::string body_;
};

TEST_F(BinanceHistoryTest, ReadsSingleTrades) {
    Configure(model::Market::kSpot, "trade", {"1m"});
    const auto page = Page(
        R"([{"id":28457,"price":"4.00000100","qty":"12.00000000","quoteQty":"48.00","time":1499865549590,
            "isBuyerMaker":true,"isBestMatch":true},
            {"id":28458,"price":"4","qty":"1","quoteQty":"4","time":1499865549591,"isBuyerMaker":false}])"
    );
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->size(), 2u);
    const model::Event& event = page->front().event;
    const auto& trade = std::get<model::Trade>(event.body);
    EXPECT_EQ(page->front().number, 28457u);
    EXPECT_EQ(trade.trade_id.number, 28457u);
    EXPECT_EQ(trade.price.ToString(), "4.000001");
    EXPECT_EQ(trade.quantity.ToString(), "12");
    EXPECT_EQ(trade.side, model::Side::kSell);
    EXPECT_EQ(trade.id_space, model::TradeIdSpace::kTrade);
    EXPECT_EQ(event.order_ts, 1499865549590 * kMs);
    EXPECT_EQ(event.received_ts, 77);
    EXPECT_FALSE(event.exchange_ts.has_value());
    EXPECT_EQ(std::get<model::Trade>((*page)[1].event.body).side, model::Side::kBuy);
}

TEST_F(BinanceHistoryTest, ReadsAggregateTrades) {
    Configure(model::Market::kInverse, "aggTrade", {"1m"});
    const auto page = Page(
        R"([{"a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27783,"T":1498793709153,"m":false,"M":true}])"
    );
    ASSERT_TRUE(page.ok()) << page.status();
    const auto& trade = std::get<model::Trade>(page->front().event.body);
    EXPECT_EQ(trade.id_space, model::TradeIdSpace::kAggregate);
    EXPECT_EQ(trade.first_fill_id, 27781u);
    EXPECT_EQ(trade.last_fill_id, 27783u);
    EXPECT_EQ(trade.side, model::Side::kBuy);
}

TEST_F(BinanceHistoryTest, FindsTheTradeBeforeAnInstant) {
    const std::string body = Padded(
        R"([{"a":26129,"p":"1","q":"1","f":27781,"l":27783,"T":1498793709153,"m":false,"M":true}])"
    );
    const std::string_view text = std::string_view(body).substr(0, body.size() - 16);
    Configure(model::Market::kSpot, "trade", {"1m"});
    EXPECT_EQ(history_->trades()->ParseLocated(text).value(), 27780u);
    Configure(model::Market::kSpot, "aggTrade", {"1m"});
    EXPECT_EQ(history_->trades()->ParseLocated(text).value(), 26128u);
    const std::string none = Padded("[]");
    EXPECT_EQ(
        history_->trades()->ParseLocated(std::string_view(none).substr(0, 2)).value(), std::nullopt
    );
    EXPECT_EQ(
        history_->trades()->LocateCall(kSpot, 1498793709152 * kMs + 1).target,
        "/api/v3/aggTrades?symbol=BTCUSDT&startTime=1498793709153&limit=1"
    );
}

TEST_F(BinanceHistoryTest, RefusesDamagedAnswers) {
    Configure(model::Market::kSpot, "trade", {"1m"});
    for (const char* body :
         {"",
          "{",
          "[",
          "[{}]",
          "[1]",
          R"({"code":-1,"msg":"no"})",
          R"([{"id":1,"price":"x","qty":"1",
           "time":1,"isBuyerMaker":true}])",
          R"([{"id":1,"price":"1","qty":"1","time":1}])"}) {
        EXPECT_FALSE(Page(body).ok()) << body;
    }
}

TEST_F(BinanceHistoryTest, SingleTradesOfContractsWantAKey) {
    Configure(model::Market::kInverse, "trade", {"1m"});
    EXPECT_EQ(history_->trades(), nullptr);
    EXPECT_EQ(history_->why_no_trades(), "needs_api_key");
}

TEST_F(BinanceHistoryTest, AsksForBarsThatEndInsideTheRange) {
    Configure(model::Market::kSpot, "trade", {"1m", "1h"});
    const auto calls =
        history_->RangeCalls(kSpot, model::DataType::kKline, {600'000 * kMs, 660'000 * kMs});
    ASSERT_EQ(calls.size(), 2u);
    EXPECT_EQ(calls[0].interval, "1m");
    EXPECT_EQ(
        calls[0].rest.target,
        "/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=540000&endTime=659999&limit=1000"
    );
    EXPECT_EQ(history_->RangeStep(model::DataType::kKline), std::chrono::minutes(997));
    EXPECT_EQ(history_->RangeStep(model::DataType::kBbo).count(), 0);
}

TEST_F(BinanceHistoryTest, ReadsBars) {
    Configure(model::Market::kSpot, "trade", {"1m"});
    const auto calls = history_->RangeCalls(kSpot, model::DataType::kKline, {0, 60 * kSecond});
    const auto rows = Rows(
        model::DataType::kKline,
        calls.front(),
        R"([[60000,"0.01634790","0.80","0.0157","0.0158","148976.1",119999,"2434.19",308,"1756.8","28.4","0"]])"
    );
    ASSERT_TRUE(rows.ok()) << rows.status();
    const model::Event& event = rows->front();
    const auto& kline = std::get<model::Kline>(event.body);
    EXPECT_EQ(kline.interval, "1m");
    EXPECT_EQ(kline.open_time, 60'000 * kMs);
    EXPECT_EQ(kline.close_time, 119'999 * kMs);
    EXPECT_EQ(kline.trade_count, 308u);
    EXPECT_EQ(kline.quote_volume->ToString(), "2434.19");
    EXPECT_TRUE(kline.closed);
    EXPECT_EQ(event.order_ts, 120'000 * kMs);
}

TEST_F(BinanceHistoryTest, ReadsOpenInterestAndSettledFunding) {
    Configure(model::Market::kInverse, "trade", {"1m"});
    facts_.quantity_unit = model::QuantityUnit::kContracts;
    const auto open_interest = history_->PollCalls(kPerpetual, model::DataType::kOpenInterest);
    ASSERT_EQ(open_interest.size(), 1u);
    EXPECT_EQ(open_interest[0].rest.target, "/dapi/v1/openInterest?symbol=BTCUSD%5FPERP");
    const auto interest = Rows(
        model::DataType::kOpenInterest,
        open_interest[0],
        R"({"symbol":"BTCUSD_PERP","pair":"BTCUSD","openInterest":"15004","contractType":"PERPETUAL","time":1591261042378})"
    );
    ASSERT_TRUE(interest.ok()) << interest.status();
    const auto& open = std::get<model::OpenInterest>(interest->front().body);
    EXPECT_EQ(open.open_interest->ToString(), "15004");
    EXPECT_EQ(open.quantity_unit, model::QuantityUnit::kContracts);
    EXPECT_EQ(interest->front().order_ts, 1591261042378 * kMs);

    const auto calls = history_->PollCalls(kPerpetual, model::DataType::kFundingRate);
    ASSERT_EQ(calls.size(), 1u);
    const auto rates = Rows(
        model::DataType::kFundingRate,
        calls[0],
        R"([{"symbol":"BTCUSD_PERP","fundingTime":1596038400003,"fundingRate":"-0.00300000"},
            {"symbol":"BTCUSD_PERP","fundingTime":1596067199998,"fundingRate":"0.0001","markPrice":"11000.5"}])"
    );
    ASSERT_TRUE(rates.ok()) << rates.status();
    ASSERT_EQ(rates->size(), 2u);
    const auto& first = std::get<model::FundingRate>((*rates)[0].body);
    EXPECT_EQ(first.funding_rate->ToString(), "-0.003");
    EXPECT_EQ(first.next_funding_time, 1596038400000 * kMs);
    EXPECT_FALSE(first.mark_price.has_value());
    const auto& second = std::get<model::FundingRate>((*rates)[1].body);
    EXPECT_EQ(second.next_funding_time, 1596067200000 * kMs);
    EXPECT_EQ(second.mark_price->ToString(), "11000.5");
    EXPECT_TRUE(history_->PollCalls(kPerpetual, model::DataType::kTrade).empty());
}

}  // namespace
}  // namespace mp::collector::binance
