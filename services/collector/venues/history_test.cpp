// The past as OKX, Deribit and Bybit tell it.
#include "collector/venues/bybit/history.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

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
    const auto history = deribit::MakeHistory(config_);
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
    const auto history = deribit::MakeHistory(config_);
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

TEST_F(PastTradesTest, BybitTellsTheNewestOnesOnly) {
    const auto history = bybit::MakeHistory(config_);
    EXPECT_EQ(history->trades(), nullptr);
    const RecentTrades& trades = *history->recent_trades();
    const model::Instrument linear{"bybit", model::Market::kLinear, "BTC-USDT-PERP", "BTCUSDT"};
    const model::Instrument spot{"bybit", model::Market::kSpot, "BTC-USDT", "BTCUSDT"};
    EXPECT_EQ(
        trades.NewestCall(linear).target,
        "/v5/market/recent-trade?category=linear&symbol=BTCUSDT&limit=1000"
    );
    EXPECT_TRUE(trades.NewestCall(spot).target.ends_with("&limit=60"));
    const Answer body(
        R"({"retCode":0,"retMsg":"OK","result":{"category":"linear","list":[
            {"execId":"b-2","symbol":"BTCUSDT","price":"16618.50","size":"0.008","side":"Sell","time":"1672052955758","isBlockTrade":false,"isRPITrade":true,"seq":"41"},
            {"execId":"a-1","symbol":"BTCUSDT","price":"16618","size":"1","side":"Buy","time":"1672052955700","isBlockTrade":false,"seq":"40"}]},"retExtInfo":{},"time":1672052965758})"
    );
    const auto newest = trades.ParseNewest(body.view(), AskedFor(linear));
    ASSERT_TRUE(newest.ok()) << newest.status();
    ASSERT_EQ(newest->events.size(), 2u);
    const auto& trade = std::get<model::Trade>(newest->events[0].body);
    EXPECT_EQ(trade.trade_id.text, "b-2");
    EXPECT_EQ(trade.sequence, 41u);
    EXPECT_EQ(trade.side, model::Side::kSell);
    EXPECT_EQ(trade.price.ToString(), "16618.5");
    EXPECT_EQ(newest->events[0].order_ts, 1672052955758 * kMs);
    EXPECT_EQ(newest->whole.from, 0) << "fewer than asked for are all there ever were";
    EXPECT_EQ(newest->whole.to, 1672052964758 * kMs);
}

TEST_F(PastTradesTest, BybitsNewestOnesReachAsFarAsTheOldestOfThem) {
    const model::Instrument spot{"bybit", model::Market::kSpot, "BTC-USDT", "BTCUSDT"};
    std::string rows;
    for (int i = 60; i > 0; --i) {
        rows += R"({"execId":"e)" + std::to_string(i) +
                R"(","price":"1","size":"1","side":"Buy","time":"16720529550)" +
                std::to_string(10 + i) + R"(","seq":")" + std::to_string(i) + R"("})" +
                (i > 1 ? "," : "");
    }
    const Answer body(
        R"({"retCode":0,"retMsg":"OK","result":{"list":[)" + rows + R"(]},"time":1672052956000})"
    );
    const auto history = bybit::MakeHistory(config_);
    const auto newest = history->recent_trades()->ParseNewest(body.view(), AskedFor(spot));
    ASSERT_TRUE(newest.ok()) << newest.status();
    EXPECT_EQ(newest->whole.from, 1672052955011 * kMs + 1);
    EXPECT_EQ(newest->whole.to, 1672052955070 * kMs);
}

TEST_F(PastTradesTest, BybitsTradesWithoutNumbersWouldBeDoubled) {
    const auto history = bybit::MakeHistory(config_);
    const auto status = [&](const char* text) {
        const Answer body(text);
        return history->recent_trades()->ParseNewest(body.view(), AskedFor(swap_)).status();
    };
    EXPECT_TRUE(absl::IsNotFound(status(
        R"({"retCode":0,"result":{"list":[{"execId":"a","price":"1","size":"1","side":"Buy","time":"1672052955758"}]},"time":1672052965758})"
    )));
    EXPECT_TRUE(absl::IsUnavailable(status(R"({"retCode":10006,"retMsg":"Too many visits!"})")));
    for (const char* text :
         {"", "{}", R"({"retCode":0,"result":{}})", R"({"retCode":0,"result":{"list":[7]}})"}) {
        EXPECT_FALSE(status(text).ok()) << text;
    }
}

class PastBarsTest : public PastTradesTest {
  protected:
    static constexpr Nanos kMinute = 60 * kSecond;
    static constexpr Nanos kOpen = 1'670'608'800'000 * kMs;

    std::vector<model::Event> Rows(
        const History& history, const model::Instrument& instrument, std::string_view text
    ) {
        const auto calls = history.RangeCalls(
            instrument, model::DataType::kKline, {kOpen + kMinute, kOpen + 3 * kMinute}
        );
        if (calls.size() != 1) return {};
        target_ = calls[0].rest.target;
        body_.emplace(text);
        auto rows = history.ParseRows(
            model::DataType::kKline,
            calls[0],
            body_->view(),
            {instrument, facts_, kOpen + 2 * kMinute + 1}
        );
        EXPECT_TRUE(rows.ok()) << rows.status();
        return rows.ok() ? *std::move(rows) : std::vector<model::Event>();
    }
    void ExpectTheFirstTwo(const std::vector<model::Event>& rows) {
        ASSERT_EQ(rows.size(), 2u) << "the third one goes on";
        for (const model::Event& event : rows) {
            const auto& bar = std::get<model::Kline>(event.body);
            EXPECT_TRUE(bar.closed);
            EXPECT_EQ(bar.interval, "1m");
            EXPECT_EQ(event.order_ts, bar.open_time + kMinute);
            EXPECT_EQ(bar.close_time, event.order_ts - kMs);
            EXPECT_EQ(bar.close.ToString(), "17055.5");
            EXPECT_EQ(bar.volume.ToString(), "268.61");
            EXPECT_EQ(bar.quote_volume->ToString(), "4.5");
        }
    }

    std::string target_;
    std::optional<Answer> body_;
};

TEST_F(PastBarsTest, BybitTellsThemNewestFirst) {
    const auto history = bybit::MakeHistory(config_);
    const model::Instrument linear{"bybit", model::Market::kLinear, "BTC-USDT-PERP", "BTCUSDT"};
    ExpectTheFirstTwo(Rows(
        *history,
        linear,
        R"({"retCode":0,"retMsg":"OK","result":{"symbol":"BTCUSDT","category":"linear","list":[
            ["1670608920000","1","2","0.5","1.5","3","4"],
            ["1670608860000","17071","17073","17027","17055.5","268.61","4.5"],
            ["1670608800000","17071","17073","17027","17055.5","268.610","4.50"]]},"time":1672025956592})"
    ));
    EXPECT_EQ(
        target_,
        "/v5/market/kline?category=linear&symbol=BTCUSDT&interval=1&start=1670608800000"
        "&end=1670608980000&limit=1000"
    );
    EXPECT_GT(history->RangeStep(model::DataType::kKline).count(), 0);
    EXPECT_EQ(history->RangeStep(model::DataType::kTicker).count(), 0);
}

TEST_F(PastBarsTest, DeribitTellsThemInColumns) {
    const auto history = deribit::MakeHistory(config_);
    ExpectTheFirstTwo(Rows(
        *history,
        perpetual_,
        R"({"jsonrpc":"2.0","result":{"volume":[268.61,268.610,1],"ticks":[1670608800000,1670608860000,1670608920000],"status":"ok","open":[1,1,1],"low":[1,1,1],"high":[1,1,1],"cost":[4.5,4.5,1],"close":[17055.5,17055.5,2.0]},"usIn":1})"
    ));
    EXPECT_EQ(
        target_,
        "/api/v2/public/get_tradingview_chart_data?instrument_name=BTC-PERPETUAL"
        "&start_timestamp=1670608800000&end_timestamp=1670608980000&resolution=1"
    );
    EXPECT_TRUE(
        Rows(
            *history,
            perpetual_,
            R"({"result":{"volume":[],"ticks":[],"status":"no_data","open":[],"low":[],"high":[],"cost":[],"close":[]}})"
        )
            .empty()
    );
    const Answer uneven(
        R"({"result":{"volume":[1],"ticks":[1,2],"open":[1],"low":[1],"high":[1],"cost":[1],"close":[1]}})"
    );
    const HistoryCall call{{}, "1m"};
    const auto rows =
        history->ParseRows(model::DataType::kKline, call, uneven.view(), AskedFor(perpetual_));
    EXPECT_FALSE(rows.ok());
}

TEST_F(PastBarsTest, BybitTellsFundingAsItWasSettled) {
    const auto history = bybit::MakeHistory(config_);
    const model::Instrument linear{"bybit", model::Market::kLinear, "BTC-USDT-PERP", "BTCUSDT"};
    const auto calls = history->PollCalls(linear, model::DataType::kFundingRate);
    ASSERT_EQ(calls.size(), 1u);
    EXPECT_EQ(
        calls[0].rest.target, "/v5/market/funding/history?category=linear&symbol=BTCUSDT&limit=3"
    );
    const Answer body(
        R"({"retCode":0,"retMsg":"OK","result":{"category":"linear","list":[{"symbol":"BTCUSDT","fundingRate":"0.0001","fundingRateTimestamp":"1672041600000"}]},"time":1672051897447})"
    );
    const auto rows =
        history->ParseRows(model::DataType::kFundingRate, calls[0], body.view(), AskedFor(linear));
    ASSERT_TRUE(rows.ok()) << rows.status();
    ASSERT_EQ(rows->size(), 1u);
    const auto& funding = std::get<model::FundingRate>((*rows)[0].body);
    EXPECT_EQ(funding.funding_rate->ToString(), "0.0001");
    EXPECT_EQ(funding.next_funding_time, 1672041600000 * kMs);
    EXPECT_EQ((*rows)[0].order_ts, 1672041600000 * kMs);
}

}  // namespace
}  // namespace mp::collector
