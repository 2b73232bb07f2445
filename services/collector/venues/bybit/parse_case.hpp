#pragma once
// What the tests of Bybit's parser share: instruments and frames.

#include "collector/venues/bybit/parse.hpp"
#include "collector/venues/test/parse_fixture.hpp"

namespace mp::collector::bybit {

class BybitParseTest : public testing::ParseFixture {
  protected:
    static constexpr InstrumentId kBtc = 3;

    BybitParseTest() : ParseFixture(MakeParser) {
        InstrumentFacts facts;
        facts.type = model::InstrumentType::kSwap;
        symbols_.Set("BTCUSDT", kBtc, facts);
    }
};

// As contracts write it: the times of books stand behind them.
inline std::string Book(std::string_view topic, std::string_view type, std::string_view data) {
    return R"({"topic":")" + std::string(topic) + R"(.BTCUSDT","type":")" + std::string(type) +
           R"(","ts":1790000000103,"data":{"s":"BTCUSDT",)" + std::string(data) +
           R"(},"cts":1790000000100})";
}

inline std::string Rows(std::string_view topic, std::string_view rows) {
    return R"({"topic":")" + std::string(topic) +
           R"(.BTCUSDT","type":"snapshot","ts":1790000000003,"data":[)" + std::string(rows) + "]}";
}

inline std::string Ticker(
    std::string_view type, std::string_view data, int64_t ts = 1790000000005
) {
    return R"({"topic":"tickers.BTCUSDT","type":")" + std::string(type) + R"(","data":{)" +
           std::string(data) + R"(},"cs":24987956059,"ts":)" + std::to_string(ts) + "}";
}

// A whole ticker of a contract.
inline const std::string kWhole =
    R"("symbol":"BTCUSDT","tickDirection":"PlusTick","price24hPcnt":"0.017103","lastPrice":"17216.00","prevPrice24h":"16926.50","highPrice24h":"17281.50","lowPrice24h":"16915.00","prevPrice1h":"17238.00","markPrice":"17217.33","indexPrice":"17227.36","openInterest":"68744.761","openInterestValue":"1183601235.91","turnover24h":"1570383121.943499","volume24h":"91705.276","nextFundingTime":"1790006400000","fundingRate":"-0.000212","bid1Price":"17215.50","bid1Size":"84.489","ask1Price":"17216.00","ask1Size":"83.020")";

}  // namespace mp::collector::bybit
