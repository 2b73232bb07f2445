// What WebSocket clients ask the gateway for.
#include "fuzz.hpp"
#include "gateway/websocket/client_op.hpp"

namespace mp::fuzz {

std::vector<std::string> Seeds() {
    return {
        R"({"op":"subscribe","id":"1","series":[{"exchange":"binance","market":"spot","symbol":"BTC-USDT","data_type":"trade"}],"mode":"conflate","from":"2024-08-08T00:00:00Z"})",
        R"({"op":"subscribe","id":2,"series":[{"exchange":"b","symbol":"é","data_type":"bbo"}],"token":"abc","from":1723161255343})",
        R"({"op":"subscribe","id":"3","candles":[{"exchange":"b","symbol":"x","interval":"100t"}],"from":1723161255343})",
        R"({"op":"unsubscribe","id":"1"})",
        R"({"op":"subscribe","id":[[[[[[[[1]]]]]]]],"from":[[]]})",
    };
}

void Try(std::string_view input) {
    std::string id;
    const auto op = gateway::ParseClientOp(input, id);
    if (!op.ok()) return;
    Require(!op->id.empty() && op->id.size() <= 64, "an operation has a short id");
    if (op->kind == gateway::ClientOp::Kind::kSubscribe) {
        const bool bars = !op->candles.series.empty();
        Require(bars == op->request.series.empty(), "a subscription names series or bars");
    }
}

}  // namespace mp::fuzz
