#include "collector/venues/binance/spot_venue.hpp"

#include <gtest/gtest.h>

#include "collector/venues/registry.hpp"

namespace mp::collector::binance {
namespace {

VenueConfig Config() {
    VenueConfig config;
    config.exchange = "binance";
    config.market = model::Market::kSpot;
    config.ws_url = "ws://127.0.0.1:1";
    config.kline_intervals = {"1m", "1h"};
    return config;
}

const model::Instrument kInstrument{"binance", model::Market::kSpot, "BTC-USDT", "BTCUSDT"};

TEST(BinanceSpotVenue, NamesItsStreams) {
    const auto venue = MakeSpotVenue(Config());
    const auto channel = [&](model::DataType type) {
        return venue->StreamsOf(kInstrument, type).at(0).channel;
    };
    EXPECT_EQ(channel(model::DataType::kTrade), "btcusdt@trade");
    EXPECT_EQ(channel(model::DataType::kBookDelta), "btcusdt@depth@100ms");
    EXPECT_EQ(channel(model::DataType::kBbo), "btcusdt@bookTicker");
    EXPECT_EQ(channel(model::DataType::kTicker), "btcusdt@ticker");
    EXPECT_EQ(
        venue->StreamsOf(kInstrument, model::DataType::kKline).at(1).channel, "btcusdt@kline_1h"
    );
    EXPECT_TRUE(venue->StreamsOf(kInstrument, model::DataType::kLiquidation).empty());
    EXPECT_EQ(venue->UrlsOf("stream").at(0), "ws://127.0.0.1:1/stream");
}

TEST(BinanceSpotVenue, AsksForStreamsInItsOwnWords) {
    const auto venue = MakeSpotVenue(Config());
    const std::vector<std::string> channels = {"btcusdt@trade", "ethusdt@ticker"};
    EXPECT_EQ(
        venue->SubscribeFrame(channels, 7),
        R"({"method":"SUBSCRIBE","params":["btcusdt@trade","ethusdt@ticker"],"id":7})"
    );
    EXPECT_EQ(
        venue->UnsubscribeFrame({channels.data(), 1}, 8),
        R"({"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":8})"
    );
}

TEST(BinanceSpotVenue, WeighsSnapshotsByTheirDepth) {
    VenueConfig config = Config();
    const auto weight = [&](uint32_t depth) {
        config.snapshot_depth = depth;
        return MakeSpotVenue(config)->BookCall(kInstrument).weight;
    };
    EXPECT_EQ(weight(100), 5);
    EXPECT_EQ(weight(500), 25);
    EXPECT_EQ(weight(1000), 50);
    EXPECT_EQ(weight(5000), 250);
    EXPECT_EQ(
        MakeSpotVenue(Config())->BookCall(kInstrument).target,
        "/api/v3/depth?symbol=BTCUSDT&limit=1000"
    );
}

TEST(BinanceSpotVenue, ReadsASnapshot) {
    const auto venue = MakeSpotVenue(Config());
    const auto data = venue->ParseBook(
        R"({"asks":[["4.00000200","12.00000000"]],"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"],["3.5","1"]]})"
    );
    ASSERT_TRUE(data.ok()) << data.status();
    EXPECT_EQ(data->last_update_id, 1027024u);
    EXPECT_EQ(data->bids.size(), 2u);
    EXPECT_EQ(data->asks.at(0).price.ToString(), "4.000002");
    EXPECT_FALSE(data->time);
    for (const char* body :
         {"",
          "[]",
          "{}",
          R"({"lastUpdateId":1,"bids":[]})",
          R"({"lastUpdateId":1,"bids":[["4","1"]],"asks":[["5","1"]]fff})",
          R"({"lastUpdateId":"1","bids":[],"asks":[]})",
          R"({"lastUpdateId":1,"bids":[["x","1"]],"asks":[]})",
          R"({"code":-1121,"msg":"Invalid symbol."})"}) {
        EXPECT_FALSE(venue->ParseBook(body).ok()) << body;
    }
    EXPECT_EQ(venue->RefusalText(R"({"code":-1121,"msg":"Invalid symbol."})"), "Invalid symbol.");
    EXPECT_EQ(venue->RefusalText("<html>"), "");
    EXPECT_EQ(venue->QuietAfter(418, ""), std::chrono::minutes(1));
    EXPECT_EQ(venue->QuietAfter(403, ""), std::nullopt);
}

TEST(BinanceSpotVenue, ReadsListingsWithSizesFromTheirFilters) {
    const auto venue = MakeSpotVenue(Config());
    const auto page = venue->ParseListings(
        R"({"timezone":"UTC","symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","baseAssetPrecision":8,"quoteAsset":"USDT",)"
        R"("orderTypes":["LIMIT"],"filters":[{"filterType":"PRICE_FILTER","minPrice":"0.01","tickSize":"0.01000000"},)"
        R"({"filterType":"LOT_SIZE","minQty":"0.00001","maxQty":"9000","stepSize":"0.00001000"},{"filterType":"ICEBERG_PARTS","limit":10},)"
        R"({"filterType":"MARKET_LOT_SIZE","minQty":"7","stepSize":"0.5"},)"
        R"({"filterType":"NOTIONAL","minNotional":"5.00000000","applyMinToMarket":true}]},)"
        R"({"symbol":"OLDBTC","status":"BREAK","baseAsset":"OLD","quoteAsset":"BTC","filters":[{"filterType":"PRICE_FILTER","tickSize":"0.00000000"}]},)"
        R"({"symbol":"ODD","status":"NEW_STATE","baseAsset":"A-B","quoteAsset":"C","filters":[]}]})"
    );
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->listings.size(), 3u);
    const Listing& btc = page->listings[0];
    EXPECT_EQ(btc.instrument.symbol, "BTC-USDT");
    EXPECT_EQ(btc.instrument.venue_symbol, "BTCUSDT");
    EXPECT_EQ(btc.tick_size->ToString(), "0.01");
    EXPECT_EQ(btc.lot_size->ToString(), "0.00001");
    EXPECT_EQ(btc.min_quantity->ToString(), "0.00001");
    EXPECT_EQ(btc.min_notional->ToString(), "5");
    EXPECT_EQ(btc.status, model::InstrumentStatus::kTrading);
    EXPECT_EQ(btc.Info().base_asset, "BTC");
    EXPECT_EQ(page->listings[1].status, model::InstrumentStatus::kHalted);
    EXPECT_FALSE(page->listings[1].tick_size);
    EXPECT_EQ(page->listings[2].instrument.symbol, "ODD");
    EXPECT_EQ(page->listings[2].status, model::InstrumentStatus::kUnspecified);
    for (const char* body : {"", "{}", R"({"symbols":1})", R"({"symbols":[1]})"}) {
        EXPECT_FALSE(venue->ParseListings(body).ok()) << body;
    }
}

TEST(VenueRegistry, NamesWhatThereIs) {
    VenueConfig config = Config();
    EXPECT_EQ(StreamedTypes(config)->size(), 5u);
    config.exchange = "nowhere";
    const auto missing = MakeVenue(config);
    EXPECT_EQ(missing.status().code(), StatusCode::kNotFound);
    EXPECT_NE(std::string(missing.status().message()).find("binance spot"), std::string::npos);
}

}  // namespace
}  // namespace mp::collector::binance
