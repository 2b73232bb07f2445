// Deribit's WebSocket messages. What is taken as an event must survive the wire unchanged, and
// reading must not depend on what was read before.
#include "collector/venues/deribit/parse.hpp"
#include "frame_sink.hpp"
#include "stream_seeds.hpp"

namespace mp::fuzz {
namespace {

collector::SymbolTable Symbols() {
    collector::SymbolTable symbols;
    collector::InstrumentFacts facts;
    facts.quantity_unit = model::QuantityUnit::kQuote;
    facts.base_per_unit = Decimal{1, 2};
    symbols.Set("BTC-PERPETUAL", 7, facts);
    return symbols;
}

}  // namespace

std::vector<std::string> Seeds() {
    std::vector<std::string> seeds = {
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
    return WithStreamSeeds(std::move(seeds), "deribit", "BTC-PERPETUAL");
}

void Try(std::string_view input) {
    static const collector::SymbolTable symbols = Symbols();
    static const auto used = collector::deribit::MakeParser(symbols);
    static FrameSink sink(7);
    const std::string said = sink.Of(*used, input);
    const auto fresh = collector::deribit::MakeParser(symbols);
    Require(sink.Of(*fresh, input) == said, "reading does not depend on earlier frames");
}

}  // namespace mp::fuzz
