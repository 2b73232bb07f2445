#include "collector/venues/binance/contract_venue.hpp"

#include <gtest/gtest.h>

#include "collector/venues/binance/book_rule.hpp"
#include "collector/venues/registry.hpp"

namespace mp::collector::binance {
namespace {

using model::DataType;

VenueConfig Config(model::Market market) {
    VenueConfig config;
    config.exchange = "binance";
    config.market = market;
    config.trade_channel = "aggTrade";
    return config;
}

const auto kLinear = MakeContractVenue(Config(model::Market::kLinear));
const auto kInverse = MakeContractVenue(Config(model::Market::kInverse));
const model::Instrument kBtc{"binance", model::Market::kLinear, "BTC-USDT-PERP", "BTCUSDT"};

Stream StreamOf(DataType type) {
    return kLinear->StreamsOf(kBtc, type).at(0);
}

TEST(BinanceContractVenue, FindsStreamsWhereTheyAreServed) {
    EXPECT_EQ(StreamOf(DataType::kBookDelta).endpoint, "public");
    EXPECT_EQ(StreamOf(DataType::kBbo).endpoint, "public");
    EXPECT_EQ(StreamOf(DataType::kTrade).channel, "btcusdt@aggTrade");
    for (const DataType type :
         {DataType::kTrade,
          DataType::kTicker,
          DataType::kKline,
          DataType::kMarkPrice,
          DataType::kLiquidation}) {
        EXPECT_EQ(StreamOf(type).endpoint, "market") << model::ToString(type);
    }
    VenueConfig config = Config(model::Market::kLinear);
    config.trade_channel = "trade";
    const auto single = MakeContractVenue(config)->StreamsOf(kBtc, DataType::kTrade);
    EXPECT_EQ(single.at(0).channel, "btcusdt@trade");
    EXPECT_EQ(single.at(0).endpoint, "public");
    EXPECT_TRUE(kLinear->StreamsOf(kBtc, DataType::kOpenInterest).empty());
}

TEST(BinanceContractVenue, FundingComesWithTheMarkPrice) {
    EXPECT_EQ(StreamOf(DataType::kFundingRate).channel, "btcusdt@markPrice@1s");
    EXPECT_EQ(StreamOf(DataType::kMarkPrice).channel, "btcusdt@markPrice@1s");
    EXPECT_TRUE(kLinear->HabitsOf(DataType::kLiquidation).sporadic);
    EXPECT_FALSE(kLinear->HabitsOf(DataType::kBbo).by_receipt);
}

TEST(BinanceContractVenue, UsdMarginedStreamsAreSplit) {
    using Urls = std::vector<std::string>;
    EXPECT_EQ(kLinear->UrlsOf("public"), Urls{"wss://fstream.binance.com/public/stream"});
    EXPECT_EQ(kLinear->UrlsOf("market"), Urls{"wss://fstream.binance.com/market/stream"});
    // Coin-margined ones are said not to be: the other address is the way out of silence.
    const Urls both{"wss://dstream.binance.com/stream", "wss://dstream.binance.com/market/stream"};
    EXPECT_EQ(kInverse->UrlsOf("market"), both);
}

TEST(BinanceContractVenue, AsksForDepthsThatThereAre) {
    const auto call = [](model::Market market, uint32_t depth) {
        VenueConfig config = Config(market);
        config.snapshot_depth = depth;
        return MakeContractVenue(config)->BookCall(kBtc);
    };
    EXPECT_EQ(
        call(model::Market::kLinear, 1000).target, "/fapi/v1/depth?symbol=BTCUSDT&limit=1000"
    );
    EXPECT_EQ(call(model::Market::kInverse, 60).target, "/dapi/v1/depth?symbol=BTCUSDT&limit=100");
    EXPECT_EQ(
        call(model::Market::kLinear, 5000).target, "/fapi/v1/depth?symbol=BTCUSDT&limit=1000"
    );
    EXPECT_EQ(call(model::Market::kLinear, 50).weight, 2);
    EXPECT_EQ(call(model::Market::kLinear, 100).weight, 5);
    EXPECT_EQ(call(model::Market::kLinear, 500).weight, 10);
    EXPECT_EQ(call(model::Market::kLinear, 1000).weight, 20);
}

TEST(BinanceContractVenue, ASnapshotStandsAtItsLastUpdate) {
    const auto data = kInverse->ParseBook(
        R"({"lastUpdateId":1027024,"E":1589436922972,"T":1589436922959,"symbol":"BTCUSD_PERP","pair":"BTCUSD",)"
        R"("bids":[["4.0","431"]],"asks":[["5","12"]]})"
    );
    ASSERT_TRUE(data.ok()) << data.status();
    EXPECT_EQ(data->time, 1'589'436'922'959'000'000);
    EXPECT_EQ(data->depth_limit, 1000u);
    EXPECT_FALSE(
        kInverse->ParseBook(R"({"lastUpdateId":1,"T":99999999999999999,"bids":[],"asks":[]})").ok()
    );
}

model::BookDelta Delta(uint64_t first, uint64_t last, std::optional<uint64_t> previous) {
    model::BookDelta delta;
    delta.first_update_id = first;
    delta.last_update_id = last;
    delta.previous_update_id = previous;
    return delta;
}

TEST(BinanceContractBook, BridgesOverTheSnapshotsOwnId) {
    const ContractBookRule rule;
    EXPECT_EQ(rule.Bridge(100, Delta(80, 99, 79)), BookStep::kStale);
    EXPECT_EQ(rule.Bridge(100, Delta(90, 100, 89)), BookStep::kApply);
    EXPECT_EQ(rule.Bridge(100, Delta(95, 120, 89)), BookStep::kApply);
    EXPECT_EQ(rule.Bridge(100, Delta(100, 120, 89)), BookStep::kApply);
    EXPECT_EQ(rule.Bridge(100, Delta(105, 120, 100)), BookStep::kApply);
    EXPECT_EQ(rule.Bridge(100, Delta(101, 120, 99)), BookStep::kGap);
    EXPECT_EQ(rule.Bridge(100, Delta(101, 120, std::nullopt)), BookStep::kGap);
}

TEST(BinanceContractBook, FollowsByTheUpdateBefore) {
    const ContractBookRule rule;
    EXPECT_EQ(rule.Continue(100, Delta(150, 160, 100)), BookStep::kApply);
    EXPECT_EQ(rule.Continue(100, Delta(101, 160, 99)), BookStep::kGap);
    EXPECT_EQ(rule.Continue(100, Delta(90, 100, 80)), BookStep::kStale);
    EXPECT_EQ(rule.Continue(100, Delta(101, 160, std::nullopt)), BookStep::kGap);
}

constexpr std::string_view kListings =
    R"({"symbols":[{"symbol":"BTCUSD_PERP","pair":"BTCUSD","contractType":"PERPETUAL","deliveryDate":4133404800000,"onboardDate":1597042800000,)"
    R"("contractStatus":"TRADING","contractSize":100,"marginAsset":"BTC","baseAsset":"BTC","quoteAsset":"USD",)"
    R"("filters":[{"minPrice":"1000","maxPrice":"1000000","filterType":"PRICE_FILTER","tickSize":"0.10"},{"stepSize":"1","filterType":"LOT_SIZE","minQty":"1"}]},)"
    R"({"symbol":"BTCUSD_211231","contractType":"NEXT_QUARTER","deliveryDate":1640937600000,"onboardDate":null,"contractStatus":"PENDING_TRADING","contractSize":100,"marginAsset":"BTC","baseAsset":"BTC","quoteAsset":"USD","filters":[{"notional":"5","filterType":"MIN_NOTIONAL"}]},)"
    R"({"symbol":"OLDUSD_PERP","contractType":"PERPETUAL","deliveryDate":1700000000000,"contractStatus":"CLOSE","contractSize":10,"baseAsset":"OLD","quoteAsset":"USD","filters":[]},)"
    R"({"symbol":null,"baseAsset":"X","quoteAsset":"Y"}]})";

TEST(BinanceContractVenue, ReadsListings) {
    const auto page = kInverse->ParseListings(kListings);
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->listings.size(), 3u);
    const Listing& perpetual = page->listings[0];
    EXPECT_EQ(perpetual.instrument.symbol, "BTC-USD-PERP");
    EXPECT_EQ(perpetual.type, model::InstrumentType::kSwap);
    EXPECT_EQ(perpetual.status, model::InstrumentStatus::kTrading);
    EXPECT_EQ(perpetual.contract_size->ToString(), "100");
    EXPECT_EQ(perpetual.contract_size_asset, "USD");
    EXPECT_EQ(perpetual.settle_asset, "BTC");
    EXPECT_EQ(perpetual.tick_size->ToString(), "0.1");
    EXPECT_EQ(perpetual.listed_at, 1'597'042'800'000'000'000);
    EXPECT_FALSE(perpetual.expires_at);
    EXPECT_EQ(perpetual.Facts().quantity_unit, model::QuantityUnit::kContracts);
    EXPECT_FALSE(perpetual.Facts().base_per_unit);
    const Listing& dated = page->listings[1];
    EXPECT_EQ(dated.instrument.symbol, "BTC-USD-20211231");
    EXPECT_EQ(dated.type, model::InstrumentType::kFutures);
    EXPECT_EQ(dated.status, model::InstrumentStatus::kPreListed);
    EXPECT_EQ(dated.expires_at, 1'640'937'600'000'000'000);
    EXPECT_EQ(dated.min_notional->ToString(), "5");
    EXPECT_FALSE(dated.listed_at);
    const Listing& closed = page->listings[2];
    EXPECT_EQ(closed.instrument.symbol, "OLD-USD-PERP");
    EXPECT_EQ(closed.status, model::InstrumentStatus::kDelisted);
    EXPECT_TRUE(closed.expires_at);
}

TEST(BinanceContractVenue, LinearQuantitiesAreTheBaseAsset) {
    const auto page = kLinear->ParseListings(
        R"({"symbols":[{"symbol":"1000SHIBUSDT","contractType":"PERPETUAL","deliveryDate":4133404800000,"status":"TRADING","baseAsset":"1000SHIB","quoteAsset":"USDT","marginAsset":"USDT","filters":[]}]})"
    );
    ASSERT_TRUE(page.ok()) << page.status();
    const Listing& listing = page->listings.at(0);
    EXPECT_EQ(listing.instrument.symbol, "1000SHIB-USDT-PERP");
    EXPECT_EQ(listing.quantity_unit, model::QuantityUnit::kBase);
    EXPECT_FALSE(listing.contract_size);
}

TEST(VenueRegistry, KnowsBinancesContracts) {
    EXPECT_EQ(StreamedTypes(Config(model::Market::kLinear))->size(), 8u);
    EXPECT_EQ(StreamedTypes(Config(model::Market::kInverse))->size(), 8u);
    EXPECT_EQ(StreamedTypes(Config(model::Market::kSpot))->size(), 5u);
}

}  // namespace
}  // namespace mp::collector::binance
