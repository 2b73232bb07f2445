#include "gateway/api/instrument_list.hpp"

#include <gtest/gtest.h>

namespace mp::gateway {
namespace {

using model::Market;

TEST(InstrumentList, NamesSymbolsOfOneExchangeOrOfSeveral) {
    const auto names =
        ParseInstrumentList("BTC-USDT,okx:linear:BTC-USDT-PERP,a:b:c", "binance", Market::kSpot);
    ASSERT_TRUE(names.ok()) << names.status();
    ASSERT_EQ(names->size(), 3u);
    EXPECT_EQ((*names)[0].exchange, "binance");
    EXPECT_EQ((*names)[0].market, Market::kSpot);
    EXPECT_EQ((*names)[0].symbol, "BTC-USDT");
    EXPECT_EQ((*names)[1].exchange, "okx");
    EXPECT_EQ((*names)[1].market, Market::kLinear);
    EXPECT_EQ((*names)[1].symbol, "BTC-USDT-PERP");
    EXPECT_EQ((*names)[2].symbol, "a:b:c") << "no market: a symbol as the venue writes it";
}

TEST(InstrumentList, NeedsAnExchangeOnlyWhereNoneIsNamed) {
    EXPECT_TRUE(ParseInstrumentList("okx:spot:BTC-USDT", "", {}).ok());
    EXPECT_EQ(
        ParseInstrumentList("okx:spot:BTC-USDT,ETH-USDT", "", {}).status().message(),
        "exchange: is required"
    );
}

TEST(InstrumentList, HasABound) {
    std::string text = "A0";
    for (int i = 1; i < 100; ++i) text += ",A" + std::to_string(i);
    EXPECT_TRUE(ParseInstrumentList(text, "binance", {}).ok());
    EXPECT_FALSE(ParseInstrumentList(text + ",B", "binance", {}).ok());
    EXPECT_FALSE(ParseInstrumentList("A,,B", "binance", {}).ok());
    EXPECT_FALSE(ParseInstrumentList("", "binance", {}).ok());
}

}  // namespace
}  // namespace mp::gateway
