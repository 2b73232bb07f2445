#include "collector/fleet/scope.hpp"

#include <gtest/gtest.h>

namespace mp::collector {
namespace {

VenueConfig Venue() {
    VenueConfig venue;
    venue.name = "a";
    venue.exchange = "binance";
    venue.market = model::Market::kSpot;
    venue.symbols = {"BTC-USDT", "*-EUR"};
    venue.data_types = {model::DataType::kTrade, model::DataType::kBbo};
    return venue;
}

TEST(Scope, IsTheSameWhereTheSameIsCollected) {
    VenueConfig other = Venue();
    other.name = "b";
    other.rest_url = "http://elsewhere";
    other.max_requests_per_minute = 7;
    other.symbols = {"*-EUR", "BTC-USDT", "*-EUR"};
    other.data_types = {model::DataType::kBbo, model::DataType::kTrade};
    EXPECT_EQ(ScopeOf(other), ScopeOf(Venue()));
}

TEST(Scope, IsAnotherWhereSomethingElseIsCollected) {
    const auto differs = [](auto change) {
        VenueConfig other = Venue();
        change(other);
        return ScopeOf(other) != ScopeOf(Venue());
    };
    EXPECT_TRUE(differs([](VenueConfig& venue) { venue.exchange = "okx"; }));
    EXPECT_TRUE(differs([](VenueConfig& venue) { venue.market = model::Market::kLinear; }));
    EXPECT_TRUE(differs([](VenueConfig& venue) { venue.symbols.pop_back(); }));
    EXPECT_TRUE(differs([](VenueConfig& venue) { venue.exclude = {"*-EUR"}; }));
    EXPECT_TRUE(differs([](VenueConfig& venue) { venue.exclude.swap(venue.symbols); }));
    EXPECT_TRUE(differs([](VenueConfig& venue) { venue.data_types.pop_back(); }));
    EXPECT_TRUE(differs([](VenueConfig& venue) { venue.trade_channel = "aggTrade"; }));
    EXPECT_TRUE(differs([](VenueConfig& venue) { venue.kline_intervals = {"1h"}; }));
    EXPECT_TRUE(differs([](VenueConfig& venue) { venue.book_stream = "depth"; }));
}

}  // namespace
}  // namespace mp::collector
