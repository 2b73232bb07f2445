#pragma once
// What the tests of Deribit's parser share: instruments and frames.

#include "collector/venues/deribit/parse.hpp"
#include "collector/venues/test/parse_fixture.hpp"

namespace mp::collector::deribit {

class DeribitParseTest : public testing::ParseFixture {
  protected:
    static constexpr InstrumentId kInverse = 3, kOption = 4;

    DeribitParseTest() : ParseFixture(MakeParser) {
        InstrumentFacts facts;
        facts.type = model::InstrumentType::kSwap;
        facts.quantity_unit = model::QuantityUnit::kQuote;
        symbols_.Set("BTC-PERPETUAL", kInverse, facts);
        symbols_.Set("BTC-25DEC26-80000-C", kOption);
    }
};

inline std::string Message(std::string_view channel, std::string_view data) {
    return R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":")" +
           std::string(channel) + R"(","data":)" + std::string(data) + "}}";
}

inline std::string Book(std::string_view data) {
    return Message("book.BTC-PERPETUAL.100ms", data);
}

// A whole ticker of a contract.
inline const std::string kPerpetualTicker = Message(
    "ticker.BTC-PERPETUAL.100ms",
    R"({"timestamp":1786563120494,"state":"open","stats":{"high":64422,"low":63261,"price_change":-0.0095,"volume":2778.68467406,"volume_usd":177187410,"volume_notional":177187410},)"
    R"("index_price":63329.18,"instrument_name":"BTC-PERPETUAL","last_price":63344,"open_interest":716004750,"mark_price":63346.33,"interest_value":0.05636261630352104,"current_funding":2.081e-05,"funding_8h":0.00010036})"
);

}  // namespace mp::collector::deribit
