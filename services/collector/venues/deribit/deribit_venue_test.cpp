#include "collector/venues/deribit/deribit_venue.hpp"

#include <gtest/gtest.h>

#include "collector/venues/deribit/book_rule.hpp"
#include "collector/venues/deribit/streams.hpp"
#include "collector/venues/registry.hpp"

namespace mp::collector::deribit {
namespace {

using model::DataType;
using model::Market;

VenueConfig Config(Market market) {
    VenueConfig config;
    config.exchange = "deribit";
    config.market = market;
    config.ws_url = "ws://127.0.0.1:1";
    config.kline_intervals = {"1m", "8h", "1d"};
    return config;
}

using Names = std::vector<std::string>;

Names Channels(Market market, const std::string& symbol, DataType type) {
    const model::Instrument instrument{"deribit", market, "X", symbol};
    Names channels;
    for (const Stream& stream : deribit::MakeVenue(Config(market))->StreamsOf(instrument, type)) {
        channels.push_back(stream.channel);
    }
    return channels;
}

TEST(DeribitVenue, NamesItsStreams) {
    const std::string symbol = "BTC-PERPETUAL";
    const auto of = [&](DataType type) { return Channels(Market::kInverse, symbol, type); };
    EXPECT_EQ(of(DataType::kTrade), Names{"trades.BTC-PERPETUAL.100ms"});
    EXPECT_EQ(of(DataType::kLiquidation), Names{"trades.BTC-PERPETUAL.100ms"});
    EXPECT_EQ(of(DataType::kBookDelta), Names{"book.BTC-PERPETUAL.100ms"});
    EXPECT_EQ(of(DataType::kBbo), Names{"quote.BTC-PERPETUAL"});
    for (const DataType type :
         {DataType::kTicker,
          DataType::kMarkPrice,
          DataType::kOpenInterest,
          DataType::kFundingRate}) {
        EXPECT_EQ(of(type), Names{"ticker.BTC-PERPETUAL.100ms"});
    }
    EXPECT_EQ(
        of(DataType::kKline),
        (Names{"chart.trades.BTC-PERPETUAL.1", "chart.trades.BTC-PERPETUAL.1D"})
    );
    EXPECT_TRUE(Channels(Market::kOption, "X", DataType::kFundingRate).empty());
    EXPECT_EQ(
        deribit::MakeVenue(Config(Market::kOption))->UrlsOf("ws").at(0),
        "ws://127.0.0.1:1/ws/api/v2"
    );
    EXPECT_EQ(StreamedTypes(Config(Market::kLinear))->size(), 9u);
    EXPECT_EQ(StreamedTypes(Config(Market::kOption))->size(), 8u);
}

TEST(DeribitVenue, TakesItsChannelsApart) {
    EXPECT_EQ(ParseChannel("book.BTC-PERPETUAL.raw").channel, Channel::kBook);
    EXPECT_EQ(ParseChannel("book.BTC-PERPETUAL.raw").symbol, "BTC-PERPETUAL");
    EXPECT_EQ(ParseChannel("book.BTC-PERPETUAL.none.20.100ms").channel, Channel::kUnknown);
    EXPECT_EQ(ParseChannel("quote.SOL_USDC-PERPETUAL").symbol, "SOL_USDC-PERPETUAL");
    EXPECT_EQ(ParseChannel("chart.trades.ETH-PERPETUAL.1D").resolution, "1D");
    EXPECT_EQ(ParseChannel("chart.trades.ETH-PERPETUAL.1D").channel, Channel::kChart);
    for (const char* text : {"", ".", "book", "chart", "chart.", "chart.x.y.1", "x.y.z"}) {
        EXPECT_NE(ParseChannel(text).channel, Channel::kChart) << text;
    }
}

TEST(DeribitVenue, AsksInItsOwnWords) {
    const auto venue = deribit::MakeVenue(Config(Market::kInverse));
    const Names channels = {"book.BTC-PERPETUAL.100ms", "quote.BTC-PERPETUAL"};
    EXPECT_EQ(
        venue->SubscribeFrame(channels, 7),
        R"({"jsonrpc":"2.0","id":7,"method":"public/subscribe","params":{"channels":["book.BTC-PERPETUAL.100ms","quote.BTC-PERPETUAL"]}})"
    );
    EXPECT_EQ(
        venue->UnsubscribeFrame({channels.data(), 1}, 8),
        R"({"jsonrpc":"2.0","id":8,"method":"public/unsubscribe","params":{"channels":["book.BTC-PERPETUAL.100ms"]}})"
    );
    EXPECT_NE(venue->PingFrame().find("public/set_heartbeat"), std::string::npos);
}

TEST(DeribitVenue, GivesEverySingleChangeToWhoLogsIn) {
    VenueConfig config = Config(Market::kInverse);
    EXPECT_EQ(deribit::MakeVenue(config)->LoginFrame(), "");
    config.api_key = "me";
    config.api_secret = "a\"b";
    const auto venue = deribit::MakeVenue(config);
    EXPECT_EQ(
        venue->LoginFrame(),
        R"({"jsonrpc":"2.0","id":0,"method":"public/auth","params":{"grant_type":"client_credentials","client_id":"me","client_secret":"a\"b"}})"
    );
    const model::Instrument instrument{"deribit", Market::kInverse, "X", "BTC-PERPETUAL"};
    for (const DataType type : {DataType::kTrade, DataType::kBookDelta, DataType::kTicker}) {
        EXPECT_TRUE(venue->StreamsOf(instrument, type).at(0).channel.ends_with(".raw"));
    }
    EXPECT_EQ(venue->StreamsOf(instrument, DataType::kBbo).at(0).channel, "quote.BTC-PERPETUAL");
}

model::BookDelta Delta(uint64_t previous, uint64_t last) {
    model::BookDelta delta;
    delta.first_update_id = previous;
    delta.previous_update_id = previous;
    delta.last_update_id = last;
    return delta;
}

TEST(DeribitBookRule, FollowsTheNamedPredecessor) {
    const DeribitBookRule rule;
    EXPECT_EQ(rule.Continue(10, Delta(10, 17)), BookStep::kApply);
    EXPECT_EQ(rule.Continue(10, Delta(8, 10)), BookStep::kStale);
    EXPECT_EQ(rule.Continue(10, Delta(11, 17)), BookStep::kGap);
    EXPECT_EQ(rule.Bridge(10, Delta(8, 12)), BookStep::kApply);
    EXPECT_EQ(rule.Bridge(10, Delta(10, 12)), BookStep::kApply);
    EXPECT_EQ(rule.Bridge(10, Delta(8, 10)), BookStep::kStale);
    EXPECT_EQ(rule.Bridge(10, Delta(11, 12)), BookStep::kGap);
    EXPECT_EQ(rule.seed(), BookSeed::kStream);
}

TEST(DeribitVenue, ReadsASnapshot) {
    const auto venue = deribit::MakeVenue(Config(Market::kInverse));
    const model::Instrument instrument{
        "deribit", Market::kInverse, "BTC-USD-PERP", "BTC-PERPETUAL"};
    EXPECT_EQ(
        venue->BookCall(instrument).target,
        "/api/v2/public/get_order_book?instrument_name=BTC-PERPETUAL&depth=10000"
    );
    const auto data = venue->ParseBook(
        R"({"jsonrpc":"2.0","result":{"timestamp":1654245922403,"change_id":45305026640,"bids":[[30718.5,2290.0],[30718.0,3000.0]],"asks":[[30723.0,3000.0]]},"usIn":1})"
    );
    ASSERT_TRUE(data.ok()) << data.status();
    EXPECT_EQ(data->last_update_id, 45305026640u);
    EXPECT_EQ(data->time, 1654245922403 * kMillisecond);
    EXPECT_EQ(data->bids.size(), 2u);
    EXPECT_EQ(data->asks.at(0).price.ToString(), "30723");
    for (const char* body :
         {"",
          "[]",
          "{}",
          R"({"result":{}})",
          R"({"result":7})",
          R"({"result":{"timestamp":1,"change_id":1,"bids":[],"asks":[["x",1]]}})",
          R"({"error":{"code":-32602,"message":"Invalid params"}})"}) {
        EXPECT_FALSE(venue->ParseBook(body).ok()) << body;
    }
    EXPECT_EQ(
        venue->RefusalText(R"({"error":{"code":13020,"message":"instrument_not_found"}})"),
        "instrument_not_found"
    );
    EXPECT_EQ(venue->RefusalText("<html>"), "");
}

TEST(DeribitVenue, KnowsWhenTooMuchWasAsked) {
    const auto venue = deribit::MakeVenue(Config(Market::kInverse));
    const char* const words = R"({"error":{"code":10028,"message":"too_many_requests"}})";
    EXPECT_EQ(venue->QuietAfter(400, words), std::chrono::seconds(5));
    EXPECT_EQ(venue->QuietAfter(429, ""), std::chrono::seconds(5));
    EXPECT_EQ(venue->QuietAfter(400, R"({"error":{"code":13020}})"), std::nullopt);
    EXPECT_EQ(venue->QuietAfter(200, R"({"result":[]})"), std::nullopt);
}

constexpr std::string_view kListed =
    R"({"jsonrpc":"2.0","result":[)"
    R"({"tick_size":0.5,"state":"open","settlement_period":"perpetual","settlement_currency":"BTC","quote_currency":"USD","min_trade_amount":10.0,"kind":"future","is_active":true,"instrument_type":"reversed","instrument_name":"BTC-PERPETUAL","expiration_timestamp":32503708800000,"creation_timestamp":1534167754000,"counter_currency":"USD","contract_size":10.0,"base_currency":"BTC","tick_size_steps":[]},)"
    R"({"tick_size":0.5,"state":"locked","settlement_period":"month","settlement_currency":"BTC","quote_currency":"USD","min_trade_amount":10.0,"kind":"future","is_active":true,"instrument_type":"reversed","instrument_name":"BTC-25DEC26","expiration_timestamp":1798185600000,"counter_currency":"USD","contract_size":10.0,"base_currency":"BTC"},)"
    R"({"tick_size":0.001,"state":"open","settlement_period":"perpetual","settlement_currency":"USDC","quote_currency":"USDC","min_trade_amount":0.1,"kind":"future","is_active":true,"instrument_type":"linear","instrument_name":"SOL_USDC-PERPETUAL","expiration_timestamp":32503708800000,"counter_currency":"USDC","contract_size":1.0,"base_currency":"SOL"},)"
    R"({"tick_size":0.0001,"strike":80000.0,"state":"open","settlement_period":"month","settlement_currency":"BTC","quote_currency":"BTC","option_type":"call","min_trade_amount":0.1,"kind":"option","is_active":true,"instrument_type":"reversed","instrument_name":"BTC-25DEC26-80000-C","expiration_timestamp":1798185600000,"counter_currency":"USD","contract_size":1.0,"base_currency":"BTC"},)"
    R"({"strike":1.02,"state":"open","option_type":"put","kind":"option","instrument_type":"linear","instrument_name":"XRP_USDC-25DEC26-1d02-P","expiration_timestamp":1798185600000,"counter_currency":"USDC","quote_currency":"USDC","base_currency":"XRP"},)"
    R"({"state":"open","kind":"future_combo","instrument_type":"reversed","instrument_name":"BTC-FS-25DEC26_PERP","settlement_period":"perpetual","expiration_timestamp":1798185600000,"quote_currency":"USD","counter_currency":"USD","base_currency":"BTC"},)"
    R"({"state":"open","kind":"option_combo","instrument_type":"reversed","instrument_name":"BTC-CSR12-25DEC26-60000_62000","expiration_timestamp":1798185600000,"quote_currency":"BTC","base_currency":"BTC"},)"
    R"({"state":"open","kind":"spot","instrument_name":"BTC_USDC","base_currency":"BTC"}]})";

std::vector<Listing> Listed(Market market) {
    const auto page = deribit::MakeVenue(Config(market))->ParseListings(kListed);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? page->listings : std::vector<Listing>();
}

TEST(DeribitVenue, ListsWhatBelongsToTheMarket) {
    const auto inverse = Listed(Market::kInverse);
    ASSERT_EQ(inverse.size(), 3u);
    EXPECT_EQ(inverse[0].instrument.symbol, "BTC-USD-PERP");
    EXPECT_EQ(inverse[0].type, model::InstrumentType::kSwap);
    EXPECT_EQ(inverse[0].quantity_unit, model::QuantityUnit::kQuote);
    EXPECT_EQ(inverse[0].contract_size->ToString(), "10");
    EXPECT_EQ(inverse[0].contract_size_asset, "USD");
    EXPECT_EQ(inverse[0].settle_asset, "BTC");
    EXPECT_EQ(inverse[0].lot_size->ToString(), "10");
    EXPECT_FALSE(inverse[0].expires_at);
    EXPECT_EQ(inverse[0].listed_at, 1534167754000 * kMillisecond);
    EXPECT_EQ(inverse[0].status, model::InstrumentStatus::kTrading);
    EXPECT_EQ(inverse[1].instrument.symbol, "BTC-USD-20261225");
    EXPECT_EQ(inverse[1].status, model::InstrumentStatus::kHalted);
    EXPECT_EQ(inverse[1].expires_at, 1798185600000 * kMillisecond);

    EXPECT_EQ(inverse[2].instrument.symbol, "BTC-FS-25DEC26_PERP") << "combos keep their own";
    EXPECT_EQ(inverse[2].type, model::InstrumentType::kFutures);
    EXPECT_EQ(inverse[2].quantity_unit, model::QuantityUnit::kQuote);

    const auto linear = Listed(Market::kLinear);
    ASSERT_EQ(linear.size(), 1u);
    EXPECT_EQ(linear[0].instrument.symbol, "SOL-USDC-PERP");
    EXPECT_EQ(linear[0].quantity_unit, model::QuantityUnit::kBase);

    const auto options = Listed(Market::kOption);
    ASSERT_EQ(options.size(), 3u);
    EXPECT_EQ(options[0].instrument.symbol, "BTC-USD-20261225-80000-C");
    EXPECT_EQ(options[0].strike->ToString(), "80000");
    EXPECT_EQ(options[0].option_type, "C");
    EXPECT_EQ(options[1].instrument.symbol, "XRP-USDC-20261225-1.02-P");
    EXPECT_EQ(options[1].instrument.venue_symbol, "XRP_USDC-25DEC26-1d02-P");
    EXPECT_EQ(options[2].instrument.symbol, "BTC-CSR12-25DEC26-60000_62000");
    EXPECT_FALSE(options[2].strike);
}

TEST(DeribitVenue, RefusesListsThatMakeNoSense) {
    const auto venue = deribit::MakeVenue(Config(Market::kOption));
    EXPECT_EQ(
        venue->ListingCalls().at(0).target,
        "/api/v2/public/get_instruments?currency=any&expired=false&kind=option"
    );
    EXPECT_EQ(
        venue->ListingCalls().at(1).target,
        "/api/v2/public/get_instruments?currency=any&expired=false&kind=option_combo"
    );
    for (const char* body :
         {"",
          "[]",
          "{}",
          R"({"result":{}})",
          R"({"result":[1]})",
          R"({"result":[{})",
          R"({"error":{"code":10028,"message":"too_many_requests"}})"}) {
        EXPECT_FALSE(venue->ParseListings(body).ok()) << body;
    }
    EXPECT_TRUE(venue->ParseListings(R"({"result":[]})").ok());
}

}  // namespace
}  // namespace mp::collector::deribit
