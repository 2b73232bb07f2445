#include "collector/venues/universe.hpp"

#include <gtest/gtest.h>

namespace mp::collector {
namespace {

Listing Listed(std::string symbol, std::string venue_symbol, bool trades = true) {
    Listing listing;
    listing.instrument = {
        "binance", model::Market::kSpot, std::move(symbol), std::move(venue_symbol)};
    listing.status = trades ? model::InstrumentStatus::kTrading : model::InstrumentStatus::kHalted;
    return listing;
}

std::string Chosen(const Selection& selection) {
    std::string text;
    for (const Listing& listing : selection.chosen) text += listing.instrument.symbol + " ";
    return text;
}

TEST(Universe, MatchesStarsAnywhere) {
    EXPECT_TRUE(Matches("*-USDT", "BTC-USDT"));
    EXPECT_FALSE(Matches("*-USDT", "BTC-USDT-PERP"));
    EXPECT_TRUE(Matches("BTC-*", "BTC-USDT"));
    EXPECT_TRUE(Matches("*", ""));
    EXPECT_TRUE(Matches("B*-*T", "BTC-USDT"));
    EXPECT_FALSE(Matches("B*-*X", "BTC-USDT"));
    EXPECT_FALSE(Matches("BTC-USDT", "BTC-USD"));
}

TEST(Universe, ChoosesByRuleAndByName) {
    const std::vector<Listing> listings = {
        Listed("BTC-USDT", "BTCUSDT"),
        Listed("ETH-USDT", "ETHUSDT", false),
        Listed("ETH-BTC", "ETHBTC")};
    EXPECT_EQ(Chosen(Select(listings, std::vector<std::string>{"*-USDT"})), "BTC-USDT ");
    EXPECT_EQ(
        Chosen(Select(listings, std::vector<std::string>{"ETH-USDT", "BTC-USDT", "*"})),
        "BTC-USDT ETH-USDT ETH-BTC "
    );
    EXPECT_EQ(Chosen(Select(listings, std::vector<std::string>{"ETHBTC"})), "ETH-BTC ");
}

Listing Of(model::InstrumentType type, std::string symbol) {
    Listing listing = Listed(symbol, symbol);
    listing.type = type;
    return listing;
}

TEST(Universe, ChoosesKindsOfInstruments) {
    const std::vector<Listing> listings = {
        Of(model::InstrumentType::kSwap, "BTC-USD-PERP"),
        Of(model::InstrumentType::kFutures, "BTC-USD-20261225"),
        Of(model::InstrumentType::kOption, "BTC-USD-20261225-80000-C"),
        Of(model::InstrumentType::kSpot, "BTC-USD")};
    const auto chosen = [&](std::string rule) {
        return Chosen(Select(listings, std::vector<std::string>{std::move(rule)}));
    };
    EXPECT_EQ(chosen("perp:*"), "BTC-USD-PERP ");
    EXPECT_EQ(chosen("future:*-20261225"), "BTC-USD-20261225 ");
    EXPECT_EQ(chosen("option:BTC-*"), "BTC-USD-20261225-80000-C ");
    EXPECT_EQ(chosen("spot:BTC-USD"), "BTC-USD ");
    EXPECT_EQ(chosen("perp:ETH-*"), "");
}

TEST(Universe, KnowsWhatCanBeARule) {
    for (const char* good :
         {"perp:*",
          "*-USDT",
          "BTC-USDT",
          "*BTC*",
          "BTCUSD_261225",
          "option:BTC-*-80000-C",
          "币安人生USDT"}) {
        EXPECT_EQ(CheckRule(good), std::nullopt) << good;
    }
    for (const char* bad :
         {"swaps:*",
          "perp:",
          "",
          "**BTC",
          "perp:**",
          "BTC USDT",
          "BTC-USDT;ETH-USDT",
          "spot:a:b"}) {
        EXPECT_NE(CheckRule(bad), std::nullopt) << bad;
    }
}

TEST(Universe, KeepsWhatIsHaltedWhereItWasChosenBefore) {
    const std::vector<Listing> listings = {
        Listed("BTC-USDT", "BTCUSDT", false), Listed("ETH-USDT", "ETHUSDT", false)};
    const std::vector<std::string> rules = {"*-USDT"};
    EXPECT_EQ(Chosen(Select(listings, rules)), "");
    EXPECT_EQ(Chosen(Select(listings, rules, {}, {"ETH-USDT", "SOL-USDT"})), "ETH-USDT ");
}

TEST(Universe, LeavesOutWhatIsExcluded) {
    const std::vector<Listing> listings = {
        Of(model::InstrumentType::kSwap, "BTC-USDT-PERP"),
        Of(model::InstrumentType::kSwap, "ETH-USDT-PERP"),
        Of(model::InstrumentType::kFutures, "BTC-USDT-20261225")};
    const std::vector<std::string> rules = {"*-USDT-*", "ETH-USDT-PERP"};
    const Selection selection =
        Select(listings, rules, std::vector<std::string>{"future:*", "ETH-*"});
    EXPECT_EQ(Chosen(selection), "BTC-USDT-PERP ");
    EXPECT_TRUE(selection.unmatched.empty());
}

TEST(Universe, NamesWhatIsNotListed) {
    const std::vector<Listing> listings = {Listed("BTC-USDT", "BTCUSDT")};
    const Selection selection =
        Select(listings, std::vector<std::string>{"BTC-USDT", "NO-SUCH", "*-EUR"});
    EXPECT_EQ(Chosen(selection), "BTC-USDT ");
    EXPECT_EQ(selection.unmatched, (std::vector<std::string>{"NO-SUCH", "*-EUR"}));
}

TEST(Universe, BothSidesOfAClashKeepTheVenuesName) {
    std::vector<Listing> listings = {
        Listed("A-B", "AB1"), Listed("C-D", "CD"), Listed("A-B", "AB2"), Listed("A-B", "AB3")};
    EXPECT_EQ(ResolveClashes(listings), (std::vector<std::string>{"AB1", "AB2", "AB3"}));
    EXPECT_EQ(listings[0].instrument.symbol, "AB1");
    EXPECT_EQ(listings[1].instrument.symbol, "C-D");
    EXPECT_EQ(listings[3].instrument.symbol, "AB3");
}

}  // namespace
}  // namespace mp::collector
