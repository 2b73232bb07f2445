// OKX's WebSocket messages. What is taken as an event must survive the wire unchanged; parsers with
// the same history must read the same, and whether a message is good depends on no history.
#include "collector/venues/okx/parse.hpp"
#include "frame_sink.hpp"
#include "stream_seeds.hpp"

namespace mp::fuzz {
namespace {

collector::SymbolTable Symbols() {
    collector::SymbolTable symbols;
    collector::InstrumentFacts facts;
    facts.quantity_unit = model::QuantityUnit::kContracts;
    facts.base_per_unit = Decimal{1, 2};
    symbols.Set("BTC-USDT", 7, facts);
    return symbols;
}

}  // namespace

std::vector<std::string> Seeds() {
    std::vector<std::string> seeds = {
        R"({"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","ts":"1630048897897","count":"3","seqId":1234}]})",
        R"({"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[["8476.98","415","0","13"],["8477","7","0","2"]],"bids":[["8476.97","256","0","12"]],"ts":"1597026383085","checksum":0,"prevSeqId":-1,"seqId":123456}]})",
        R"({"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[["8476.98","0","0","0"]],"bids":[["8476.97","256.5","0","12"]],"ts":"1597026383185","checksum":0,"prevSeqId":123456,"seqId":123457}]})",
        R"({"arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"data":[{"asks":[["8476.98","415","0","13"]],"bids":[["8476.97","256","0","12"]],"ts":"1597026383085","seqId":123456}]})",
        R"({"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{"instType":"SPOT","instId":"BTC-USDT","last":"9999.99","open24h":"9000","high24h":"10000","low24h":"8888.88","volCcy24h":"2222","vol24h":"2222","ts":"1597026383085"}]})",
        R"({"arg":{"channel":"candle1H","instId":"BTC-USDT"},"data":[["1597026383085","8533.02","8553.74","8527.17","8548.26","45247","529.5858061","5529.5858061","0"]]})",
        R"({"arg":{"channel":"funding-rate","instId":"BTC-USDT"},"data":[{"fundingRate":"0.0001515","fundingTime":"1622822400000","nextFundingRate":"","ts":"1622822300000"}]})",
        R"({"arg":{"channel":"open-interest","instId":"BTC-USDT"},"data":[{"oi":"2216113.01","oiCcy":"22161.1","oiUsd":"1939251795.54769270396321","ts":"1743041250440"}]})",
        R"({"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[{"bkLoss":"0","bkPx":"0.007831","posSide":"short","side":"buy","sz":"13","ts":"1692266434010"}],"instId":"BTC-USDT","instType":"SWAP"}]})",
        R"({"id":"3","event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"accb8e21"})",
        R"({"event":"error","code":"60018","msg":"Wrong URL or channel:x,instId:y doesn't exist.","connId":"a4d3ae55"})",
        "pong",
    };
    return WithStreamSeeds(std::move(seeds), "okx", "BTC-USDT");
}

void Try(std::string_view input) {
    static Twins twins(collector::okx::MakeParser, Symbols(), 7);
    twins.Try(input);
}

}  // namespace mp::fuzz
