// Random damage to good messages: nothing may crash, and what is judged good must not depend on
// what the parser read before.
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "collector/venues/deribit/parse.hpp"
#include "collector/venues/test/frame_damage.hpp"

namespace mp::collector::deribit {
namespace {

const std::vector<std::string> kFrames = {
    R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"trades.BTC-PERPETUAL.100ms","data":[{"trade_seq":5326971,"trade_id":"137486952","timestamp":1616321287195,"price":56273.5,"instrument_name":"BTC-PERPETUAL","direction":"buy","amount":6000.0,"liquidation":"M"}]}})",
    R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms","data":{"type":"snapshot","timestamp":1622626472678,"instrument_name":"BTC-PERPETUAL","change_id":31479219781,"bids":[["new",37317.0,2960.0]],"asks":[["new",37327.0,10.0],["new",37327.5,2.0e4]]}}})",
    R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms","data":{"type":"change","timestamp":1622626784890,"prev_change_id":31479339296,"instrument_name":"BTC-PERPETUAL","change_id":31479339507,"bids":[["new",37392.5,3000.0],["change",37399.0,6530.0]],"asks":[["delete",37848.5,0.0]]}}})",
    R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"quote.BTC-PERPETUAL","data":{"timestamp":1654012882984,"instrument_name":"BTC-PERPETUAL","best_bid_price":32143.0,"best_bid_amount":179960.0,"best_ask_price":32143.5,"best_ask_amount":20.0}}})",
    R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"ticker.BTC-PERPETUAL.100ms","data":{"timestamp":1786563120494,"stats":{"high":64422,"low":63261,"volume":2778.68467406,"volume_usd":177187410},"index_price":63329.18,"last_price":63344,"open_interest":716004750,"mark_price":63346.33,"current_funding":2.081e-05}}})",
    R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"chart.trades.BTC-PERPETUAL.1","data":{"volume":0.00172302,"tick":1677628800000,"open":23215.0,"low":23215.0,"high":23215.0,"cost":40.0,"close":23215.0}}})",
    R"({"jsonrpc":"2.0","id":3,"result":["book.BTC-PERPETUAL.100ms"],"usIn":1617644856930085})",
    R"({"jsonrpc":"2.0","id":4,"error":{"code":-32602,"message":"Invalid params","data":{"reason":"x","param":"channels"}}})",
    R"({"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}})",
};

TEST(DeribitParseFuzz, DamageNeverCrashesNorDependsOnHistory) {
    SymbolTable symbols;
    symbols.Set("BTC-PERPETUAL", 7);
    testing::ExpectDamageIsHarmless([&] { return MakeParser(symbols); }, kFrames, 31);
}

TEST(DeribitParseFuzz, BlanksChangeNothing) {
    SymbolTable symbols;
    symbols.Set("BTC-PERPETUAL", 7);
    const auto parser = MakeParser(symbols);
    testing::Transcript transcript;
    for (const std::string& frame : kFrames) {
        // What an error says is told as it stands.
        if (frame.find("error") != std::string::npos) continue;
        const std::string airy = testing::Airy(frame);
        EXPECT_EQ(transcript.Of(*parser, frame), transcript.Of(*parser, airy)) << airy;
    }
}

}  // namespace
}  // namespace mp::collector::deribit
