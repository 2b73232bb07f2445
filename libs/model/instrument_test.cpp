#include "model/instrument.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unordered_set>

#include "base/hash.hpp"

namespace mp::model {
namespace {

const Instrument kBtc{"binance", Market::kSpot, "BTC-USDT", "BTCUSDT"};

TEST(Instrument, IsKnownByExchangeMarketAndSymbolOnly) {
    Instrument other = kBtc;
    other.venue_symbol = "something else";
    EXPECT_EQ(kBtc, other);
    EXPECT_EQ(std::hash<Instrument>{}(kBtc), std::hash<Instrument>{}(other));
    other.market = Market::kLinear;
    EXPECT_NE(kBtc, other);
    EXPECT_EQ((std::unordered_set<Instrument>{kBtc, other, kBtc}.size()), 2u);
}

TEST(Instrument, KeyIsReadableAndReadsBack) {
    EXPECT_EQ(InstrumentKey(kBtc), "binance|spot|BTC-USDT");
    EXPECT_EQ(ParseInstrumentKey("binance|spot|BTC-USDT"), kBtc);
    EXPECT_EQ(ParseInstrumentKey("x|option|a|b")->symbol, "a|b");
    for (const char* text :
         {"",
          "binance",
          "binance|spot",
          "binance|spot|",
          "|spot|X",
          "b|unspecified|X",
          "b|cash|X"}) {
        EXPECT_FALSE(ParseInstrumentKey(text)) << text;
    }
}

TEST(Instrument, ShardIsTheHashOfTheKeyForever) {
    EXPECT_EQ(Shard(kBtc, 8), Fnv1a("binance|spot|BTC-USDT") % 8);
    EXPECT_EQ(Shard(kBtc, 1), 0u);
    EXPECT_EQ(Shard(kBtc, 8), 3u);
    EXPECT_EQ(Shard({"okx", Market::kLinear, "BTC-USDT-PERP", ""}, 8), 2u);
}

TEST(Subject, NamesExchangeMarketTypeAndShard) {
    EXPECT_EQ(Subject(kBtc, DataType::kBookDelta, 8), "md.binance.spot.book_delta.3");
    EXPECT_EQ(Subject(Series{kBtc, DataType::kTrade}, 8), "md.binance.spot.trade.3");
}

TEST(Subject, ReadsBackAndRefusesOtherText) {
    const auto parts = ParseSubject("md.binance.spot.book_delta.3");
    ASSERT_TRUE(parts);
    EXPECT_EQ(parts->exchange, "binance");
    EXPECT_EQ(parts->market, Market::kSpot);
    EXPECT_EQ(parts->data_type, DataType::kBookDelta);
    EXPECT_EQ(parts->shard, 3u);
    for (const char* text :
         {"",
          "md",
          "md.binance.spot.trade",
          "md.binance.spot.trade.",
          "md.binance.spot.trade.x",
          "md.binance.spot.trade.1.2",
          "md..spot.trade.1",
          "xx.binance.spot.trade.1",
          "md.binance.cash.trade.1",
          "md.binance.spot.trades.1",
          "md.binance.spot.trade.-1",
          "md.binance.spot.trade.06"}) {
        EXPECT_FALSE(ParseSubject(text)) << text;
    }
}

TEST(DataType, TextsReadBack) {
    for (int i = 1; i <= kDataTypes; ++i) {
        const auto type = static_cast<DataType>(i);
        EXPECT_EQ(ParseDataType(ToString(type)), type);
    }
    EXPECT_EQ(ToString(DataType::kBookDelta), "book_delta");
    EXPECT_EQ(ToString(DataType::kUnspecified), "unspecified");
    EXPECT_FALSE(ParseDataType("unspecified"));
    EXPECT_FALSE(ParseDataType("Trade"));
    EXPECT_EQ(ParseMarket("inverse"), Market::kInverse);
    EXPECT_EQ(ToString(static_cast<Market>(99)), "unspecified");
}

}  // namespace
}  // namespace mp::model
