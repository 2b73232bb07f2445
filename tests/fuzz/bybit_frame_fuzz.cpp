// Bybit's WebSocket messages. What is taken as an event must survive the wire unchanged; parsers
// with the same history must read the same, and whether a message is good depends on no history.
#include "collector/venues/bybit/parse.hpp"
#include "frame_sink.hpp"
#include "stream_seeds.hpp"

namespace mp::fuzz {
namespace {

collector::SymbolTable Symbols() {
    collector::SymbolTable symbols;
    symbols.Set("BTCUSDT", 7);
    return symbols;
}

}  // namespace

std::vector<std::string> Seeds() {
    std::vector<std::string> seeds = {
        R"({"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[{"T":1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick","i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false,"seq":1783284617}]})",
        R"({"topic":"orderbook.50.BTCUSDT","type":"snapshot","ts":1672304484978,"data":{"s":"BTCUSDT","b":[["16493.50","0.006"],["16493.00","0.100"]],"a":[["16611.00","0.029"]],"u":18521288,"seq":7961638724},"cts":1672304484976})",
        R"({"topic":"orderbook.200.BTCUSDT","type":"delta","ts":1672304484978,"data":{"s":"BTCUSDT","b":[["16493.50","0"]],"a":[],"u":18521289,"seq":7961638725},"cts":1672304484976})",
        R"({"topic":"orderbook.1.BTCUSDT","type":"snapshot","ts":1749833474773,"data":{"s":"BTCUSDT","b":[["0.6131","17.9"]],"a":[["0.6134","35.4"]],"u":24042997,"seq":209972815373},"cts":1749833474768})",
        R"({"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT","lastPrice":"17216.00","prevPrice24h":"16926.50","highPrice24h":"17281.50","lowPrice24h":"16915.00","markPrice":"17217.33","indexPrice":"17227.36","openInterest":"68744.761","openInterestValue":"1183601235.91","turnover24h":"1570383121.943499","volume24h":"91705.276","nextFundingTime":"1673280000000","fundingRate":"-0.000212","bid1Price":"17215.50"},"cs":24987956059,"ts":1673272861686})",
        R"({"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","markPrice":"17218.33"},"cs":24987956060,"ts":1673272861786})",
        R"({"topic":"kline.5.BTCUSDT","data":[{"start":1672324800000,"end":1672325099999,"interval":"5","open":"16649.5","close":"16677","high":"16677","low":"16608","volume":"2.081","turnover":"34666.4005","confirm":false,"timestamp":1672324988882}],"ts":1672324988882,"type":"snapshot"})",
        R"({"topic":"allLiquidation.BTCUSDT","type":"snapshot","ts":1739502303204,"data":[{"T":1739502302929,"s":"BTCUSDT","S":"Sell","v":"20000","p":"0.04499"}]})",
        R"({"success":true,"ret_msg":"","conn_id":"d8bu","req_id":"7","op":"subscribe"})",
        R"({"success":false,"ret_msg":"error:already subscribed,topic:orderbook.1.BTCUSDT","req_id":"8","op":"subscribe"})",
        R"({"success":true,"ret_msg":"pong","conn_id":"d9","op":"ping"})",
    };
    return WithStreamSeeds(std::move(seeds), "bybit", "BTCUSDT");
}

void Try(std::string_view input) {
    static Twins twins(collector::bybit::MakeParser, Symbols(), 7);
    twins.Try(input);
}

}  // namespace mp::fuzz
