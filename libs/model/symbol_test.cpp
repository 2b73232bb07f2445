#include "model/symbol.hpp"

#include <gtest/gtest.h>

namespace mp::model {
namespace {

using namespace std::chrono_literals;

constexpr Date kExpiry = 2026y / 12 / 25;

TEST(Symbol, IsBuiltFromItsParts) {
    EXPECT_EQ(SpotSymbol("BTC", "USDT"), "BTC-USDT");
    EXPECT_EQ(PerpetualSymbol("BTC", "USD"), "BTC-USD-PERP");
    EXPECT_EQ(DatedSymbol("BTC", "USD", kExpiry), "BTC-USD-20261225");
    EXPECT_EQ(
        OptionSymbol("BTC", "USD", kExpiry, *Decimal::Parse("80000"), OptionType::kCall),
        "BTC-USD-20261225-80000-C"
    );
    EXPECT_EQ(
        OptionSymbol("XRP", "USDC", kExpiry, *Decimal::Parse("1.02"), OptionType::kPut),
        "XRP-USDC-20261225-1.02-P"
    );
    EXPECT_EQ(SpotSymbol("币安人生", "USDT"), "币安人生-USDT");
}

TEST(Symbol, IsNotBuiltFromWhatDoesNotFit) {
    EXPECT_FALSE(SpotSymbol("", "USDT"));
    EXPECT_FALSE(SpotSymbol("A-B", "USDT"));
    EXPECT_FALSE(SpotSymbol("A B", "USDT"));
    EXPECT_FALSE(PerpetualSymbol("BTC", "US|D"));
    EXPECT_FALSE(DatedSymbol("BTC", "USD", 2026y / 2 / 30));
    EXPECT_FALSE(OptionSymbol("BTC", "USD", kExpiry, Decimal{}, OptionType::kCall));
}

TEST(Symbol, ParsesIntoItsParts) {
    EXPECT_EQ(ParseSymbol("BTC-USDT")->kind, SymbolKind::kSpot);
    EXPECT_EQ(ParseSymbol("BTC-USDT-PERP")->kind, SymbolKind::kPerpetual);
    const auto dated = ParseSymbol("BTC-USD-20261225");
    ASSERT_TRUE(dated);
    EXPECT_EQ(dated->kind, SymbolKind::kDated);
    EXPECT_EQ(dated->expiry, kExpiry);
    const auto option = ParseSymbol("XRP-USDC-20261225-1.02-P");
    ASSERT_TRUE(option);
    EXPECT_EQ(option->kind, SymbolKind::kOption);
    EXPECT_EQ(option->base, "XRP");
    EXPECT_EQ(option->quote, "USDC");
    EXPECT_EQ(option->strike, *Decimal::Parse("1.02"));
    EXPECT_EQ(option->option_type, OptionType::kPut);
}

TEST(Symbol, RefusesWhatTheBuildersWouldNotMake) {
    for (const char* text :
         {"",
          "BTC",
          "BTC-",
          "-USDT",
          "BTC-USD-PERPETUAL",
          "BTC-USD-20260230",
          "BTC-USD-2026122",
          "BTC-USD-202612251",
          "BTC-USD-20261225-80000",
          "BTC-USD-20261225-80000-X",
          "BTC-USD-20261225-080-C",
          "BTC-USD-20261225-1.50-C",
          "BTC-USD-20261225-0-C",
          "BTC-USD-20261225-1-C-",
          "BTC-USD-PERP-1-C"}) {
        EXPECT_FALSE(ParseSymbol(text)) << text;
    }
}

}  // namespace
}  // namespace mp::model
