// Trades of the past as OKX and Deribit tell them.
#include <gtest/gtest.h>

#include "collector/venues/deribit/history.hpp"
#include "collector/venues/okx/history.hpp"

namespace mp::collector {
namespace {

constexpr Nanos kMs = kMillisecond;

// Readable beyond its end, as answers are.
class Answer {
  public:
    explicit Answer(std::string_view text) : text_(text), size_(text.size()) {
        text_.append(16, '\0');
    }
    std::string_view view() const { return std::string_view(text_).substr(0, size_); }

  private:
    std::string text_;
    size_t size_;
};

class PastTradesTest : public ::testing::Test {
  protected:
    PastTradesTest() {
        config_.exchange = "okx";
        config_.market = model::Market::kLinear;
        config_.kline_intervals = {"1m"};
    }
    Asked AskedFor(const model::Instrument& instrument) const { return {instrument, facts_, 77}; }

    VenueConfig config_;
    InstrumentFacts facts_;
    const model::Instrument swap_{"okx", model::Market::kLinear, "BTC-USDT-PERP", "BTC-USDT-SWAP"};
    const model::Instrument perpetual_{
        "deribit", model::Market::kInverse, "BTC-USD-PERP", "BTC-PERPETUAL"};
};

TEST_F(PastTradesTest, OkxTellsThemNewestFirst) {
    const auto history = okx::MakeHistory(config_);
    const Answer body(
        R"({"code":"0","msg":"","data":[
            {"instId":"BTC-USDT-SWAP","side":"sell","sz":"3","source":"0","px":"29963.2","tradeId":"243","ts":"1654161646974"},
            {"instId":"BTC-USDT-SWAP","side":"buy","sz":"0.5","source":"0","px":"29964.1","tradeId":"242","ts":"1654161641568"}]})"
    );
    const auto page = history->trades()->ParsePage(body.view(), AskedFor(swap_));
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->size(), 2u);
    EXPECT_EQ((*page)[0].number, 242u);
    EXPECT_EQ((*page)[1].number, 243u);
    const auto& trade = std::get<model::Trade>((*page)[0].event.body);
    EXPECT_EQ(trade.price.ToString(), "29964.1");
    EXPECT_EQ(trade.side, model::Side::kBuy);
    EXPECT_EQ(trade.sequence, 0u);
    EXPECT_EQ((*page)[0].event.order_ts, 1654161641568 * kMs);
    EXPECT_EQ(history->trades()->ParseLocated(body.view()).value(), 243u);
    EXPECT_EQ(
        history->trades()->PageCall(swap_, 200).target,
        "/api/v5/market/history-trades?instId=BTC-USDT-SWAP&type=1&after=300&limit=100"
    );
}

TEST_F(PastTradesTest, OkxHasNoneOfWholeOrders) {
    config_.trade_channel = "aggTrade";
    EXPECT_EQ(okx::MakeHistory(config_)->trades(), nullptr);
}

TEST_F(PastTradesTest, OkxSaysWhatIsWrong) {
    const auto history = okx::MakeHistory(config_);
    const auto status = [&](const char* text) {
        const Answer body(text);
        return history->trades()->ParsePage(body.view(), AskedFor(swap_)).status();
    };
    EXPECT_TRUE(absl::IsInvalidArgument(status(R"({"code":"51001","msg":"no such","data":[]})")));
    EXPECT_TRUE(absl::IsUnavailable(status(R"({"code":"50001","msg":"away","data":[]})")));
    for (const char* text :
         {"",
          "{}",
          "[]",
          R"({"code":"0"})",
          R"({"code":"0","data":[{}]})",
          R"({"code":"0","data":[1]})"}) {
        EXPECT_FALSE(status(text).ok()) << text;
    }
    EXPECT_TRUE(status(R"({"code":"0","msg":"","data":[]})").ok());
}

TEST_F(PastTradesTest, OkxTellsBarsThatEnded) {
    const auto history = okx::MakeHistory(config_);
    const auto calls = history->RangeCalls(swap_, model::DataType::kKline, {0, 120'000 * kMs});
    ASSERT_EQ(calls.size(), 1u);
    EXPECT_EQ(
        calls[0].rest.target,
        "/api/v5/market/history-candles?instId=BTC-USDT-SWAP&bar=1m&after=120000&limit=300"
    );
    const Answer body(
        R"({"code":"0","msg":"","data":[["60000","2","4","1","3","10","0.1","250","0"],["0","1","3","0.5","2","7","0.07","120","1"]]})"
    );
    const auto bars =
        history->ParseRows(model::DataType::kKline, calls[0], body.view(), AskedFor(swap_));
    ASSERT_TRUE(bars.ok()) << bars.status();
    ASSERT_EQ(bars->size(), 1u) << "one is still in the making";
    EXPECT_EQ(bars->front().order_ts, 60'000 * kMs);
    EXPECT_EQ(std::get<model::Kline>(bars->front().body).close.ToString(), "2");
}

TEST_F(PastTradesTest, OkxTellsWhatWasSettled) {
    const auto history = okx::MakeHistory(config_);
    const auto calls = history->PollCalls(swap_, model::DataType::kFundingRate);
    ASSERT_EQ(calls.size(), 1u);
    const Answer body(
        R"({"code":"0","msg":"","data":[{"fundingRate":"0.0001","fundingTime":"1703059200000","instId":"BTC-USDT-SWAP","realizedRate":"0.00012"}]})"
    );
    const auto rates =
        history->ParseRows(model::DataType::kFundingRate, calls[0], body.view(), AskedFor(swap_));
    ASSERT_TRUE(rates.ok()) << rates.status();
    const auto& rate = std::get<model::FundingRate>(rates->front().body);
    EXPECT_EQ(rate.funding_rate->ToString(), "0.00012");
    EXPECT_EQ(rate.next_funding_time, 1703059200000 * kMs);
    config_.market = model::Market::kSpot;
    EXPECT_TRUE(okx::MakeHistory(config_)->PollCalls(swap_, model::DataType::kFundingRate).empty());
}

TEST_F(PastTradesTest, DeribitCountsThem) {
    const auto history = deribit::MakeHistory();
    const Answer body(
        R"({"jsonrpc":"2.0","result":{"trades":[{"trade_seq":36798,"trade_id":"48079328","timestamp":1590480712800,
            "tick_direction":3,"price":8950.0,"mark_price":8950.41,"instrument_name":"BTC-PERPETUAL",
            "index_price":8952.0,"direction":"sell","amount":10.0,"liquidation":"M"}],"has_more":true}})"
    );
    const auto page = history->trades()->ParsePage(body.view(), AskedFor(perpetual_));
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->size(), 1u);
    const auto& trade = std::get<model::Trade>(page->front().event.body);
    EXPECT_EQ(page->front().number, 36798u);
    EXPECT_EQ(trade.trade_id.text, "48079328");
    EXPECT_EQ(trade.sequence, 36798u);
    EXPECT_EQ(trade.price.ToString(), "8950");
    EXPECT_EQ(
        history->trades()->PageCall(perpetual_, 5).target,
        "/api/v2/public/"
        "get_last_trades_by_instrument?instrument_name=BTC-PERPETUAL&start_seq=5&end_seq=1004"
        "&count=1000&sorting=asc"
    );
    EXPECT_EQ(
        history->trades()->LocateCall(perpetual_, 1000 * kMs).target,
        "/api/v2/public/"
        "get_last_trades_by_instrument_and_time?instrument_name=BTC-PERPETUAL"
        "&end_timestamp=999&count=1&sorting=desc"
    );
}

TEST_F(PastTradesTest, DeribitsDamagedAnswersAreRefused) {
    const auto history = deribit::MakeHistory();
    for (const char* text :
         {"",
          "{}",
          "[]",
          R"({"result":{}})",
          R"({"result":{"trades":[{}]}})",
          R"({"error":{"code":-32602}})"}) {
        const Answer body(text);
        EXPECT_FALSE(history->trades()->ParsePage(body.view(), AskedFor(perpetual_)).ok()) << text;
    }
    const Answer none(R"({"result":{"trades":[],"has_more":false}})");
    EXPECT_EQ(history->trades()->ParseLocated(none.view()).value(), std::nullopt);
}

}  // namespace
}  // namespace mp::collector
