#include "collector/venues/bybit/bybit_venue.hpp"

#include <gtest/gtest.h>

#include "collector/venues/bybit/book_rule.hpp"
#include "collector/venues/registry.hpp"

namespace mp::collector::bybit {
namespace {

using model::DataType;
using model::Market;

VenueConfig Config(Market market) {
    VenueConfig config;
    config.exchange = "bybit";
    config.market = market;
    config.ws_url = "ws://127.0.0.1:1";
    config.kline_intervals = {"1m", "8h", "1d"};
    return config;
}

using Names = std::vector<std::string>;

Names Channels(const VenueConfig& config, DataType type) {
    const model::Instrument instrument{"bybit", config.market, "BTC-USDT", "BTCUSDT"};
    Names channels;
    for (const Stream& stream : bybit::MakeVenue(config)->StreamsOf(instrument, type)) {
        channels.push_back(stream.endpoint + " " + stream.channel);
    }
    return channels;
}

TEST(BybitVenue, NamesItsStreams) {
    VenueConfig spot = Config(Market::kSpot);
    EXPECT_EQ(Channels(spot, DataType::kTrade), Names{"spot publicTrade.BTCUSDT"});
    EXPECT_EQ(Channels(spot, DataType::kBookDelta), Names{"spot orderbook.1000.BTCUSDT"});
    EXPECT_EQ(Channels(spot, DataType::kBbo), Names{"spot orderbook.1.BTCUSDT"});
    EXPECT_EQ(Channels(spot, DataType::kTicker), Names{"spot tickers.BTCUSDT"});
    EXPECT_EQ(
        Channels(spot, DataType::kKline), (Names{"spot kline.1.BTCUSDT", "spot kline.D.BTCUSDT"})
    );
    EXPECT_TRUE(Channels(spot, DataType::kMarkPrice).empty());
    EXPECT_TRUE(Channels(spot, DataType::kLiquidation).empty());
    spot.snapshot_depth = 150;
    EXPECT_EQ(Channels(spot, DataType::kBookDelta), Names{"spot orderbook.200.BTCUSDT"});
    EXPECT_EQ(bybit::MakeVenue(spot)->book_rule().window(), 200u);

    const VenueConfig linear = Config(Market::kLinear);
    for (const DataType type :
         {DataType::kTicker,
          DataType::kMarkPrice,
          DataType::kOpenInterest,
          DataType::kFundingRate}) {
        EXPECT_EQ(Channels(linear, type), Names{"linear tickers.BTCUSDT"});
    }
    EXPECT_EQ(Channels(linear, DataType::kLiquidation), Names{"linear allLiquidation.BTCUSDT"});
    EXPECT_EQ(
        bybit::MakeVenue(linear)->UrlsOf("linear"), Names{"ws://127.0.0.1:1/v5/public/linear"}
    );
}

TEST(BybitVenue, AsksForStreamsInItsOwnWords) {
    const auto venue = bybit::MakeVenue(Config(Market::kSpot));
    const Names topics = {"orderbook.1000.BTCUSDT", "tickers.BTCUSDT"};
    EXPECT_EQ(
        venue->SubscribeFrame(topics, 7),
        R"({"req_id":"7","op":"subscribe","args":["orderbook.1000.BTCUSDT","tickers.BTCUSDT"]})"
    );
    EXPECT_EQ(
        venue->UnsubscribeFrame({topics.data(), 1}, 8),
        R"({"req_id":"8","op":"unsubscribe","args":["orderbook.1000.BTCUSDT"]})"
    );
    EXPECT_EQ(venue->PingFrame(), R"({"op":"ping"})");
    EXPECT_EQ(venue->habits().max_channels_per_request, 10u) << "of spot";
}

model::BookDelta Delta(uint64_t id) {
    model::BookDelta delta;
    delta.first_update_id = id;
    delta.last_update_id = id;
    return delta;
}

TEST(BybitBookRule, EveryIdFollowsTheOneBefore) {
    const BybitBookRule rule(200);
    EXPECT_EQ(rule.Continue(10, Delta(11)), BookStep::kApply);
    EXPECT_EQ(rule.Continue(10, Delta(10)), BookStep::kStale);
    EXPECT_EQ(rule.Continue(10, Delta(12)), BookStep::kGap);
    EXPECT_EQ(rule.Bridge(10, Delta(9)), BookStep::kStale);
    EXPECT_EQ(rule.Bridge(10, Delta(11)), BookStep::kApply);
    EXPECT_EQ(rule.Bridge(10, Delta(12)), BookStep::kGap);
    EXPECT_EQ(rule.seed(), BookSeed::kStream);
}

TEST(BybitVenue, ReadsASnapshot) {
    const auto venue = bybit::MakeVenue(Config(Market::kLinear));
    const model::Instrument instrument{"bybit", Market::kLinear, "BTC-USDT-PERP", "BTCUSDT"};
    EXPECT_EQ(
        venue->BookCall(instrument).target,
        "/v5/market/orderbook?category=linear&symbol=BTCUSDT&limit=1000"
    );
    const auto data = venue->ParseBook(
        R"({"retCode":0,"retMsg":"OK","result":{"s":"BTCUSDT","a":[["16638.64","0.008479"]],"b":[["16638.27","0.305749"],["16638","1"]],"ts":1672765737733,"u":5277055,"seq":9,"cts":1672765737730},"retExtInfo":{},"time":1672765737734})"
    );
    ASSERT_TRUE(data.ok()) << data.status();
    EXPECT_EQ(data->last_update_id, 5277055u);
    EXPECT_EQ(data->time, 1672765737730 * kMillisecond);
    EXPECT_EQ(data->bids.size(), 2u);
    EXPECT_EQ(data->asks.at(0).quantity.ToString(), "0.008479");
    for (const char* body :
         {"",
          "[]",
          "{}",
          R"({"retCode":0,"result":{}})",
          R"({"retCode":0,"result":[]})",
          R"({"retCode":0,"result":{"b":[],"a":[["x","1"]],"ts":1,"u":1}})",
          R"({"retCode":10001,"retMsg":"params error","result":{}})"}) {
        EXPECT_FALSE(venue->ParseBook(body).ok()) << body;
    }
    EXPECT_EQ(
        venue->RefusalText(R"({"retCode":10006,"retMsg":"Too many visits!","result":{}})"),
        "Too many visits!"
    );
    EXPECT_EQ(venue->RefusalText("<html>"), "");
}

TEST(BybitVenue, KnowsWhenTooMuchWasAsked) {
    const auto venue = bybit::MakeVenue(Config(Market::kSpot));
    const char* const words = R"({"retCode":10006,"retMsg":"Too many visits!","result":{}})";
    EXPECT_EQ(venue->QuietAfter(200, words), std::chrono::seconds(5));
    EXPECT_EQ(venue->QuietAfter(403, "<html>"), std::chrono::minutes(10));
    EXPECT_EQ(venue->QuietAfter(429, ""), std::chrono::seconds(5));
    EXPECT_EQ(venue->QuietAfter(200, R"({"retCode":10001,"result":{}})"), std::nullopt);
}

TEST(BybitVenue, OnlyTheDeepestBookIsToBeHadByRest) {
    VenueConfig config = Config(Market::kLinear);
    config.snapshot_depth = 200;
    const model::Instrument instrument{"bybit", Market::kLinear, "BTC-USDT-PERP", "BTCUSDT"};
    EXPECT_TRUE(bybit::MakeVenue(config)->BookCall(instrument).target.empty());
}

constexpr std::string_view kLinearPage =
    R"({"retCode":0,"retMsg":"OK","result":{"category":"linear","list":[)"
    R"({"symbol":"BTCUSDT","contractType":"LinearPerpetual","status":"Trading","baseCoin":"BTC","quoteCoin":"USDT","launchTime":"1584230400000","deliveryTime":"0","priceFilter":{"minPrice":"0.10","maxPrice":"1999999.80","tickSize":"0.10"},"lotSizeFilter":{"maxOrderQty":"1190.000","minOrderQty":"0.001","qtyStep":"0.001","minNotionalValue":"5"},"settleCoin":"USDT","preListingInfo":null},)"
    R"({"symbol":"BTCPERP","contractType":"LinearPerpetual","status":"PreLaunch","baseCoin":"BTC","quoteCoin":"USDC","launchTime":"1","deliveryTime":"1798185600000","settleCoin":"USDC"},)"
    R"({"symbol":"BTCUSDT-25DEC26","contractType":"LinearFutures","status":"Delivering","baseCoin":"BTC","quoteCoin":"USDT","deliveryTime":"1798185600000"},)"
    R"({"symbol":"BTCUSD","contractType":"InversePerpetual","status":"Trading","baseCoin":"BTC","quoteCoin":"USD"},)"
    R"({"symbol":null,"contractType":"LinearPerpetual"}],"nextPageCursor":"first%3DBTC%26last%3DETH&x"},"time":1})";

TEST(BybitVenue, ListsContractsPageByPage) {
    const auto venue = bybit::MakeVenue(Config(Market::kLinear));
    EXPECT_EQ(
        venue->ListingCalls().at(0).target, "/v5/market/instruments-info?category=linear&limit=1000"
    );
    const auto page = venue->ParseListings(kLinearPage);
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->listings.size(), 3u);
    const Listing& perpetual = page->listings[0];
    EXPECT_EQ(perpetual.instrument.symbol, "BTC-USDT-PERP");
    EXPECT_EQ(perpetual.instrument.venue_symbol, "BTCUSDT");
    EXPECT_EQ(perpetual.type, model::InstrumentType::kSwap);
    EXPECT_EQ(perpetual.status, model::InstrumentStatus::kTrading);
    EXPECT_EQ(perpetual.quantity_unit, model::QuantityUnit::kBase);
    EXPECT_EQ(perpetual.tick_size->ToString(), "0.1");
    EXPECT_EQ(perpetual.lot_size->ToString(), "0.001");
    EXPECT_EQ(perpetual.min_quantity->ToString(), "0.001");
    EXPECT_EQ(perpetual.min_notional->ToString(), "5");
    EXPECT_EQ(perpetual.settle_asset, "USDT");
    EXPECT_EQ(perpetual.listed_at, 1584230400000 * kMillisecond);
    EXPECT_FALSE(perpetual.expires_at);
    EXPECT_EQ(page->listings[1].instrument.symbol, "BTC-USDC-PERP");
    EXPECT_EQ(page->listings[1].status, model::InstrumentStatus::kPreListed);
    EXPECT_TRUE(page->listings[1].expires_at) << "when it is delisted";
    EXPECT_EQ(page->listings[2].instrument.symbol, "BTC-USDT-20261225");
    EXPECT_EQ(page->listings[2].type, model::InstrumentType::kFutures);
    EXPECT_EQ(page->listings[2].status, model::InstrumentStatus::kHalted);
    ASSERT_EQ(page->next.size(), 1u);
    EXPECT_EQ(
        page->next[0].target,
        "/v5/market/instruments-info?category=linear&limit=1000&cursor=first%3DBTC%26last%3DETH%26x"
    );
}

TEST(BybitVenue, ListsSpotAtOnce) {
    const auto venue = bybit::MakeVenue(Config(Market::kSpot));
    const auto page = venue->ParseListings(
        R"({"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[{"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","status":"Trading","lotSizeFilter":{"basePrecision":"0.000001","quotePrecision":"0.0000001","minOrderQty":"0.000048","minOrderAmt":"5"},"priceFilter":{"tickSize":"0.01"}}]}})"
    );
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->listings.size(), 1u);
    EXPECT_TRUE(page->next.empty());
    EXPECT_EQ(page->listings[0].instrument.symbol, "BTC-USDT");
    EXPECT_EQ(page->listings[0].type, model::InstrumentType::kSpot);
    EXPECT_EQ(page->listings[0].lot_size->ToString(), "0.000001");
    EXPECT_EQ(page->listings[0].min_notional->ToString(), "5");
    for (const char* body :
         {"",
          "[]",
          "{}",
          R"({"retCode":0})",
          R"({"retCode":0,"result":{"list":{}}})",
          R"({"retCode":0,"result":{"list":[1]}})",
          R"({"retCode":10006,"retMsg":"Too many visits!"})"}) {
        EXPECT_FALSE(venue->ParseListings(body).ok()) << body;
    }
}

TEST(BybitVenue, IsRegisteredForItsMarkets) {
    EXPECT_EQ(StreamedTypes(Config(Market::kSpot))->size(), 5u);
    EXPECT_EQ(StreamedTypes(Config(Market::kLinear))->size(), 9u);
    EXPECT_FALSE(StreamedTypes(Config(Market::kOption)).ok());
}

}  // namespace
}  // namespace mp::collector::bybit
