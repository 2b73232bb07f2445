#include "mpctl/top/listener.hpp"

#include <gtest/gtest.h>

namespace mp::mpctl {
namespace {

Json Instrument(const char* market, const char* symbol, Json types) {
    return {
        {"exchange", "binance"},
        {"market", market},
        {"symbol", symbol},
        {"data_types", std::move(types)}};
}

TEST(Listener, FollowsAFewInstrumentsOfEachMarketAndType) {
    const Json answer = {
        {"data",
         {Instrument("spot", "BTC-USDT", {"trade", "bbo"}),
          Instrument("spot", "ETH-USDT", {"trade"}),
          Instrument("spot", "SOL-USDT", {"trade", "bbo"}),
          Instrument("linear", "BTC-USDT-PERP", {"trade"})}}};
    const Json series = SampleOf(answer, 2);
    ASSERT_EQ(series.size(), 5u);
    EXPECT_EQ(series[0]["symbol"], "BTC-USDT");
    EXPECT_EQ(series[2]["symbol"], "ETH-USDT");
    EXPECT_EQ(series[3]["symbol"], "SOL-USDT");
    EXPECT_EQ(series[3]["data_type"], "bbo");
    EXPECT_EQ(series[4]["market"], "linear");
}

TEST(Listener, LeavesOutWhatExchangesDoNotStream) {
    const Json answer = {
        {"data", {Instrument("spot", "BTC-USDT", {"instrument", "coverage", "book_snapshot"})}}};
    EXPECT_TRUE(SampleOf(answer, 2).empty());
    EXPECT_TRUE(SampleOf(Json::object(), 2).empty());
}

}  // namespace
}  // namespace mp::mpctl
