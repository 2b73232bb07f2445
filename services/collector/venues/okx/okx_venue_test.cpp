#include "collector/venues/okx/okx_venue.hpp"

#include <gtest/gtest.h>

#include "collector/venues/okx/book_rule.hpp"
#include "collector/venues/registry.hpp"

namespace mp::collector::okx {
namespace {

using model::DataType;
using model::Market;

VenueConfig Config(Market market) {
    VenueConfig config;
    config.exchange = "okx";
    config.market = market;
    config.ws_url = "ws://127.0.0.1:1";
    config.kline_intervals = {"1m", "8h", "1d"};
    return config;
}

std::vector<std::string> Channels(
    const VenueConfig& config, const std::string& symbol, DataType type
) {
    const model::Instrument instrument{"okx", config.market, "X", symbol};
    std::vector<std::string> channels;
    for (const Stream& stream : okx::MakeVenue(config)->StreamsOf(instrument, type)) {
        channels.push_back(stream.endpoint + " " + stream.channel);
    }
    return channels;
}

using Names = std::vector<std::string>;

TEST(OkxVenue, NamesItsStreams) {
    VenueConfig spot = Config(Market::kSpot);
    EXPECT_EQ(Channels(spot, "BTC-USDT", DataType::kTrade), Names{"business trades-all:BTC-USDT"});
    EXPECT_EQ(Channels(spot, "BTC-USDT", DataType::kBookDelta), Names{"public books:BTC-USDT"});
    EXPECT_EQ(Channels(spot, "BTC-USDT", DataType::kBbo), Names{"public bbo-tbt:BTC-USDT"});
    EXPECT_EQ(Channels(spot, "BTC-USDT", DataType::kTicker), Names{"public tickers:BTC-USDT"});
    EXPECT_EQ(
        Channels(spot, "BTC-USDT", DataType::kKline),
        (Names{"business candle1m:BTC-USDT", "business candle1Dutc:BTC-USDT"})
    );
    EXPECT_EQ(
        Channels(spot, "BTC-USDT", DataType::kMarkPrice), Names{"public index-tickers:BTC-USDT"}
    );
    spot.trade_channel = "aggTrade";
    spot.book_stream = "books50-l2-tbt";
    EXPECT_EQ(Channels(spot, "BTC-USDT", DataType::kTrade), Names{"public trades:BTC-USDT"});
    EXPECT_EQ(
        Channels(spot, "BTC-USDT", DataType::kBookDelta), Names{"public books50-l2-tbt:BTC-USDT"}
    );
    EXPECT_EQ(okx::MakeVenue(spot)->book_rule().window(), 50u);

    const VenueConfig linear = Config(Market::kLinear);
    EXPECT_EQ(
        Channels(linear, "BTC-USDT-SWAP", DataType::kLiquidation),
        Names{"public liquidation-orders:SWAP"}
    );
    EXPECT_EQ(
        Channels(linear, "BTC-USDT-260327", DataType::kLiquidation),
        Names{"public liquidation-orders:FUTURES"}
    );
    EXPECT_EQ(
        Channels(linear, "A-SWAP", DataType::kFundingRate), Names{"public funding-rate:A-SWAP"}
    );
    EXPECT_EQ(
        Channels(linear, "A-SWAP", DataType::kOpenInterest), Names{"public open-interest:A-SWAP"}
    );
    EXPECT_EQ(Channels(linear, "A-SWAP", DataType::kMarkPrice), Names{"public mark-price:A-SWAP"});
    const VenueConfig option = Config(Market::kOption);
    EXPECT_EQ(
        Channels(option, "A", DataType::kLiquidation), Names{"public liquidation-orders:OPTION"}
    );
    EXPECT_TRUE(Channels(option, "A", DataType::kFundingRate).empty());
    EXPECT_EQ(okx::MakeVenue(spot)->UrlsOf("business").at(0), "ws://127.0.0.1:1/ws/v5/business");
}

TEST(OkxVenue, AsksForStreamsInItsOwnWords) {
    const auto venue = okx::MakeVenue(Config(Market::kLinear));
    const std::vector<std::string> channels = {"books:BTC-USDT-SWAP", "liquidation-orders:SWAP"};
    EXPECT_EQ(
        venue->SubscribeFrame(channels, 7),
        R"({"id":"7","op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT-SWAP"},{"channel":"liquidation-orders","instType":"SWAP"}]})"
    );
    EXPECT_EQ(
        venue->UnsubscribeFrame({channels.data(), 1}, 8),
        R"({"id":"8","op":"unsubscribe","args":[{"channel":"books","instId":"BTC-USDT-SWAP"}]})"
    );
    EXPECT_EQ(venue->PingFrame(), "ping");
}

model::BookDelta Delta(uint64_t previous, uint64_t last) {
    model::BookDelta delta;
    delta.first_update_id = previous;
    delta.previous_update_id = previous;
    delta.last_update_id = last;
    return delta;
}

TEST(OkxBookRule, FollowsTheNamedPredecessor) {
    const OkxBookRule rule(400);
    EXPECT_EQ(rule.Continue(10, Delta(10, 17)), BookStep::kApply);
    EXPECT_EQ(rule.Continue(10, Delta(8, 10)), BookStep::kStale);
    EXPECT_EQ(rule.Continue(10, Delta(11, 17)), BookStep::kGap);
    EXPECT_EQ(rule.Continue(10, Delta(10, 3)), BookStep::kApply) << "numbers begin anew";
    EXPECT_EQ(rule.Continue(10, Delta(7, 3)), BookStep::kStale);
    EXPECT_EQ(rule.Continue(10, model::BookDelta()), BookStep::kApply)
        << "before there were numbers";
    EXPECT_EQ(rule.Bridge(10, Delta(8, 12)), BookStep::kApply) << "a snapshot of another clock";
    EXPECT_EQ(rule.Bridge(10, Delta(8, 10)), BookStep::kStale);
    EXPECT_EQ(rule.Bridge(10, Delta(11, 12)), BookStep::kGap);
    EXPECT_EQ(rule.seed(), BookSeed::kStream);
}

TEST(OkxVenue, ReadsASnapshot) {
    const auto venue = okx::MakeVenue(Config(Market::kSpot));
    const model::Instrument instrument{"okx", Market::kSpot, "BTC-USDT", "BTC-USDT"};
    EXPECT_EQ(venue->BookCall(instrument).target, "/api/v5/market/books?instId=BTC-USDT&sz=400");
    const auto data = venue->ParseBook(
        R"({"code":"0","msg":"","data":[{"asks":[["41006.8","0.60038921","0","1"]],"bids":[["41006.3","0.30178218","0","2"],["41006","1","0","1"]],"ts":"1629966436396","seqId":3235851742}]})"
    );
    ASSERT_TRUE(data.ok()) << data.status();
    EXPECT_EQ(data->last_update_id, 3235851742u);
    EXPECT_EQ(data->time, 1629966436396 * kMillisecond);
    EXPECT_EQ(data->asks.at(0).price.ToString(), "41006.8");
    EXPECT_EQ(data->bids.size(), 2u);
    for (const char* body :
         {"",
          "[]",
          "{}",
          R"({"code":"0","data":[]})",
          R"({"code":"0","data":[{"asks":[],"ts":"1"}]})",
          R"({"code":"0","data":[{"asks":[],"bids":[["x","1"]],"ts":"1"}]})",
          R"({"code":"51001","msg":"Instrument ID does not exist","data":[]})"}) {
        EXPECT_FALSE(venue->ParseBook(body).ok()) << body;
    }
    EXPECT_EQ(
        venue->RefusalText(R"({"code":"51001","msg":"Instrument ID does not exist","data":[]})"),
        "Instrument ID does not exist"
    );
    EXPECT_EQ(venue->RefusalText("<html>"), "");
}

TEST(OkxVenue, KnowsWhenTooMuchWasAsked) {
    const auto venue = okx::MakeVenue(Config(Market::kSpot));
    const char* const words = R"({"code":"50011","msg":"Too Many Requests","data":[]})";
    EXPECT_EQ(venue->QuietAfter(200, words), std::chrono::seconds(2));
    EXPECT_EQ(venue->QuietAfter(429, ""), std::chrono::seconds(2));
    EXPECT_EQ(venue->QuietAfter(418, ""), std::chrono::minutes(1));
    EXPECT_EQ(venue->QuietAfter(200, R"({"code":"0","data":[]})"), std::nullopt);
    EXPECT_EQ(venue->QuietAfter(400, "<html>"), std::nullopt);
}

constexpr std::string_view kListed =
    R"({"code":"0","msg":"","data":[)"
    R"({"instType":"SPOT","instId":"BTC-USDT","baseCcy":"BTC","quoteCcy":"USDT","uly":"","state":"live","tickSz":"0.1","lotSz":"0.00000001","minSz":"0.00001","listTime":"1548133413000","expTime":"","ctVal":"","ctType":"","upcChg":[]},)"
    R"({"instType":"SWAP","instId":"BTC-USDT-SWAP","baseCcy":"","quoteCcy":"","settleCcy":"USDT","uly":"BTC-USDT","instFamily":"BTC-USDT","state":"live","tickSz":"0.1","lotSz":"0.01","minSz":"0.01","ctVal":"0.01","ctMult":"1","ctValCcy":"BTC","ctType":"linear","listTime":"1606468572000","expTime":""},)"
    R"({"instType":"SWAP","instId":"BTC-USD-SWAP","baseCcy":"","quoteCcy":"","settleCcy":"BTC","uly":"BTC-USD","state":"suspend","tickSz":"0.1","lotSz":"1","minSz":"1","ctVal":"100","ctMult":"1","ctValCcy":"USD","ctType":"inverse"},)"
    R"({"instType":"FUTURES","instId":"BTC-USD-261225","baseCcy":"","quoteCcy":"","settleCcy":"BTC","uly":"BTC-USD","state":"preopen","ctVal":"100","ctMult":"1","ctValCcy":"USD","ctType":"inverse","expTime":"1798185600000"},)"
    R"({"instType":"OPTION","instId":"BTC-USD-261225-80000-C","settleCcy":"BTC","uly":"BTC-USD","state":"live","ctVal":"1","ctMult":"0.01","ctValCcy":"BTC","ctType":"","expTime":"1798185600000","stk":"80000","optType":"C"},)"
    R"({"instType":"SPOT","instId":"","state":"live"},)"
    R"({"instType":"EVENTS","instId":"ODD","state":"live"}]})";

Listing Only(Market market, size_t expected = 1) {
    const auto page = okx::MakeVenue(Config(market))->ParseListings(kListed);
    EXPECT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->listings.size(), expected);
    return page->listings.empty() ? Listing() : page->listings[0];
}

TEST(OkxVenue, ListsWhatBelongsToTheMarket) {
    const Listing spot = Only(Market::kSpot);
    EXPECT_EQ(spot.instrument.symbol, "BTC-USDT");
    EXPECT_EQ(spot.tick_size->ToString(), "0.1");
    EXPECT_EQ(spot.min_quantity->ToString(), "0.00001");
    EXPECT_EQ(spot.quantity_unit, model::QuantityUnit::kBase);
    EXPECT_EQ(spot.status, model::InstrumentStatus::kTrading);
    EXPECT_EQ(spot.listed_at, 1548133413000 * kMillisecond);
    EXPECT_FALSE(spot.expires_at);
    EXPECT_FALSE(spot.contract_size);

    const Listing linear = Only(Market::kLinear);
    EXPECT_EQ(linear.instrument.symbol, "BTC-USDT-PERP");
    EXPECT_EQ(linear.instrument.venue_symbol, "BTC-USDT-SWAP");
    EXPECT_EQ(linear.base_asset, "BTC");
    EXPECT_EQ(linear.quote_asset, "USDT");
    EXPECT_EQ(linear.settle_asset, "USDT");
    EXPECT_EQ(linear.type, model::InstrumentType::kSwap);
    EXPECT_EQ(linear.Facts().BaseOf(Decimal::Make(3, 0))->ToString(), "0.03");

    const Listing inverse = Only(Market::kInverse, 2);
    EXPECT_EQ(inverse.instrument.symbol, "BTC-USD-PERP");
    EXPECT_EQ(inverse.status, model::InstrumentStatus::kHalted);
    EXPECT_EQ(inverse.contract_size->ToString(), "100");
    EXPECT_EQ(inverse.contract_size_asset, "USD");
    EXPECT_FALSE(inverse.Facts().BaseOf(Decimal::Make(3, 0)));

    const Listing option = Only(Market::kOption);
    EXPECT_EQ(option.instrument.symbol, "BTC-USD-20261225-80000-C");
    EXPECT_EQ(option.strike->ToString(), "80000");
    EXPECT_EQ(option.option_type, "C");
    EXPECT_EQ(option.contract_size->ToString(), "0.01");
    EXPECT_EQ(option.expires_at, 1798185600000 * kMillisecond);
}

TEST(OkxVenue, AsksForTheOptionsOfEachUnderlying) {
    const auto venue = okx::MakeVenue(Config(Market::kOption));
    ASSERT_EQ(venue->ListingCalls().size(), 1u);
    EXPECT_EQ(venue->ListingCalls()[0].target, "/api/v5/public/underlying?instType=OPTION");
    const auto page =
        venue->ParseListings(R"({"code":"0","msg":"","data":[["BTC-USD","ETH-USD"]]})");
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->next.size(), 2u);
    EXPECT_EQ(page->next[1].target, "/api/v5/public/instruments?instType=OPTION&uly=ETH-USD");
    EXPECT_EQ(okx::MakeVenue(Config(Market::kLinear))->ListingCalls().size(), 2u);
}

TEST(OkxVenue, RefusesListsThatMakeNoSense) {
    const auto venue = okx::MakeVenue(Config(Market::kSpot));
    for (const char* body :
         {"",
          "[]",
          "{}",
          R"({"code":"0"})",
          R"({"code":"0","data":{}})",
          R"({"code":"0","data":[1]})",
          R"({"code":"50011","msg":"Too Many Requests","data":[]})"}) {
        EXPECT_FALSE(venue->ParseListings(body).ok()) << body;
    }
    EXPECT_TRUE(venue->ParseListings(R"({"code":"0","data":[]})").ok());
}

TEST(OkxVenue, IsRegisteredForItsMarkets) {
    EXPECT_EQ(StreamedTypes(Config(Market::kSpot))->size(), 6u);
    EXPECT_EQ(StreamedTypes(Config(Market::kLinear))->size(), 9u);
    EXPECT_EQ(StreamedTypes(Config(Market::kInverse))->size(), 9u);
    EXPECT_EQ(StreamedTypes(Config(Market::kOption))->size(), 8u);
}

}  // namespace
}  // namespace mp::collector::okx
