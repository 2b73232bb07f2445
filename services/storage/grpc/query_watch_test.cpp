// What the log tells of a query: which series, of several ones too.

#include "storage/grpc/query_watch.hpp"

#include <gtest/gtest.h>

#include "wire/convert.hpp"

namespace mp::storage {
namespace {

pb::Instrument Instrument(const std::string& symbol) {
    pb::Instrument instrument;
    wire::ToProto({"binance", model::Market::kSpot, symbol, ""}, instrument);
    return instrument;
}

TEST(QueryText, NamesTheSeriesAndThePage) {
    pb::QueryEventsRequest events;
    *events.mutable_series()->mutable_instrument() = Instrument("BTC-USDT");
    events.mutable_series()->set_data_type(pb::DATA_TYPE_TRADE);
    events.set_start(7);
    events.set_limit(20);
    const QueryText text = TextOf(events);
    EXPECT_EQ(text.series, "binance|spot|BTC-USDT trade");
    EXPECT_EQ(text.start, 7);
    EXPECT_EQ(text.end, std::nullopt);
    EXPECT_EQ(text.limit, 20u);
}

TEST(QueryText, NamesTheFirstOfSeveralInstruments) {
    pb::QueryEventsRequest events;
    events.mutable_series()->set_data_type(pb::DATA_TYPE_BBO);
    for (const char* symbol : {"ETH-USDT", "BTC-USDT", "SOL-USDT"}) {
        *events.add_instruments() = Instrument(symbol);
    }
    EXPECT_EQ(TextOf(events).series, "binance|spot|ETH-USDT bbo and 2 more");
}

TEST(QueryText, NamesInstrumentsThatHaveNoType) {
    pb::QueryCandlesRequest candles;
    *candles.mutable_instrument() = Instrument("BTC-USDT");
    EXPECT_EQ(TextOf(candles).series, "binance|spot|BTC-USDT");
    pb::GetOrderBookRequest book;
    *book.mutable_instrument() = Instrument("BTC-USDT");
    book.set_at(9);
    EXPECT_EQ(TextOf(book).series, "binance|spot|BTC-USDT");
    EXPECT_EQ(TextOf(book).end, 9);
}

}  // namespace
}  // namespace mp::storage
