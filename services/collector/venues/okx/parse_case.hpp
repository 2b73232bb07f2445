#pragma once
// What the tests of OKX's parser share: instruments and frames.

#include "collector/venues/okx/parse.hpp"
#include "collector/venues/test/parse_fixture.hpp"

namespace mp::collector::okx {

inline InstrumentFacts Contracts(model::InstrumentType type, std::optional<Decimal> base_per_unit) {
    InstrumentFacts facts;
    facts.type = type;
    facts.quantity_unit = model::QuantityUnit::kContracts;
    facts.base_per_unit = base_per_unit;
    return facts;
}

class OkxParseTest : public testing::ParseFixture {
  protected:
    static constexpr InstrumentId kSpot = 3, kSwap = 4, kInverse = 5;

    OkxParseTest() : ParseFixture(MakeParser) {
        symbols_.Set("BTC-USDT", kSpot);
        symbols_.Set(
            "BTC-USDT-SWAP", kSwap, Contracts(model::InstrumentType::kSwap, testing::D("0.01"))
        );
        symbols_.Set(
            "BTC-USD-260327", kInverse, Contracts(model::InstrumentType::kFutures, std::nullopt)
        );
    }
};

inline std::string Row(std::string_view channel, std::string_view symbol, std::string_view row) {
    return R"({"arg":{"channel":")" + std::string(channel) + R"(","instId":")" +
           std::string(symbol) + R"("},"data":[)" + std::string(row) + "]}";
}

inline std::string BookFrame(std::string_view action, std::string_view rest) {
    return R"({"arg":{"channel":"books","instId":"BTC-USDT"},"action":")" + std::string(action) +
           R"(","data":[{)" + std::string(rest) + "}]}";
}

// A row of a ticker.
inline const std::string kTickerRow =
    R"({"instType":"X","instId":"X","last":"63921","lastSz":"0.4","askPx":"63921.1","askSz":"1871.75","bidPx":"","bidSz":"",)"
    R"("open24h":"64297.6","high24h":"64466","low24h":"63162.7","sodUtc0":"1","sodUtc8":"2","volCcy24h":"73998.8786","vol24h":"7399887.86","ts":"1786540471710"})";

}  // namespace mp::collector::okx
