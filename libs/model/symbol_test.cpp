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

}  // namespace
}  // namespace mp::model
