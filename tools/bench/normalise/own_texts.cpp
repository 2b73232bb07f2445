// Messages as venues write them.
#include "bench/normalise/kind.hpp"

namespace mp::bench {
namespace {

constexpr int kTexts = 2000;

// What changes from message to message.
struct Fill {
    std::string id;
    std::string price;   // "61000.10000000"
    std::string levels;  // seven of Binance's
};

Fill FillOf(int i) {
    Fill fill;
    fill.id = std::to_string(4'200'000'000 + i);
    fill.price = std::to_string(61'000 + i % 700) + "." + std::to_string(10 + i % 90) + "000000";
    for (int level = 0; level < 7; ++level) {
        fill.levels += (level ? "," : "") + (R"([")" + fill.price + R"(","0.10000000"])");
    }
    return fill;
}

// '#' stands for the id, '$' for the price, '%' for it without its last zeros, '~' for the levels.
std::string Written(std::string_view pattern, const Fill& fill) {
    std::string text;
    for (const char c : pattern) {
        if (c == '#') {
            text += fill.id;
        } else if (c == '$') {
            text += fill.price;
        } else if (c == '%') {
            text += fill.price.substr(0, 7);
        } else if (c == '~') {
            text += fill.levels;
        } else {
            text += c;
        }
    }
    return text;
}

const std::map<std::string, std::string_view> kPatterns =
    {
        {"binance trade",
         R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000123,"s":"BTCUSDT","t":#,"p":"$","q":"0.01500000","T":1700000000121,"m":true,"M":true}})"},
        {"binance bookTicker",
         R"({"stream":"btcusdt@bookTicker","data":{"u":#,"s":"BTCUSDT","b":"$","B":"31.21000000","a":"$","A":"40.66000000"}})"},
        {"binance depth",
         R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000200,"s":"BTCUSDT","U":#,"u":#,"b":[~],"a":[~]}})"},
        {"usd-m trade",
         R"({"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1700000000123,"a":#,"s":"BTCUSDT","p":"%","q":"0.015","nq":"0.015","f":#,"l":#,"T":1700000000121,"m":true}})"},
        {"usd-m depth",
         R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000200,"T":1700000000190,"s":"BTCUSDT","U":#,"u":#,"pu":#,"b":[~],"a":[~],"st":1}})"},
        {"usd-m bookTicker",
         R"({"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":#,"s":"BTCUSDT","b":"%","B":"31.210","a":"%","A":"40.660","T":1700000000310,"E":1700000000313}})"},
        {"usd-m markPrice",
         R"({"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1700000001000,"s":"BTCUSDT","p":"$","ap":"$","P":"$","i":"$","r":"0.00038167","T":1700006400000,"st":1}})"},
        {"okx trade",
         R"({"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"#","px":"%","sz":"0.015","side":"buy","ts":"1700000000121","count":"1","seqId":#}]})"},
        {"okx book",
         R"({"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[["%","0.1","0","2"],["61900.5","0","0","0"]],"bids":[["60999.9","1.75","0","4"]],"ts":"1700000000200","checksum":0,"seqId":#1,"prevSeqId":#}]})"},
        {"deribit book",
         R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms","data":{"type":"change","timestamp":1700000000200,"prev_change_id":#,"instrument_name":"BTC-PERPETUAL","change_id":#1,"bids":[["change",60999.5,6530.0]],"asks":[["new",%,8850.0],["delete",61900.5,0.0]]}}})"},
        {"deribit ticker",
         R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"ticker.BTC-PERPETUAL.100ms","data":{"timestamp":1700000000300,"state":"open","stats":{"high":62248,"low":59592.5,"price_change":-0.0095,"volume":2778.68467406,"volume_usd":177187410,"volume_notional":177187410},"index_price":60939.87,"instrument_name":"BTC-PERPETUAL","last_price":%,"settlement_price":60225.47,"min_price":59766.5,"max_price":62673.5,"open_interest":#,"mark_price":%,"interest_value":0.05636261630352104,"current_funding":2.081e-05,"estimated_delivery_price":60939.87,"funding_8h":0.00010036,"best_ask_price":61000.5,"best_bid_price":61000,"best_ask_amount":4370,"best_bid_amount":2300}}})"},
        {"bybit book",
         R"({"topic":"orderbook.200.BTCUSDT","type":"delta","ts":1700000000200,"data":{"s":"BTCUSDT","b":[["%","0.005"],["60990.60","0.076"],["60980.10","0"],["60970.20","0.641"]],"a":[["%","0"],["61100.80","0.002"],["61110.10","0"],["61120.50","2.302"]],"u":#,"seq":#},"cts":1700000000199})"},
};

}  // namespace

Texts OwnTexts() {
    Texts texts;
    for (const auto& [kind, pattern] : kPatterns) {
        for (int i = 0; i < kTexts; ++i) texts[kind].push_back(Written(pattern, FillOf(i)));
    }
    return texts;
}

}  // namespace mp::bench
