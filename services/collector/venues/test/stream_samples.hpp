#pragma once
// For tests that ask something of all venues: messages of every stream that a market has.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/venues/frame_parser.hpp"
#include "collector/venues/listing.hpp"
#include "collector/venues/registry.hpp"
#include "collector/venues/symbol_table.hpp"
#include "collector/venues/venue.hpp"

namespace mp::collector::testing {

// One market of one exchange. Every stream has at least one message; acknowledgements are among
// them.
struct StreamSamples {
    std::string exchange;
    model::Market market;
    std::string symbol;  // the venue's
    std::vector<std::string> frames;

    VenueConfig config() const {
        VenueConfig config;
        config.exchange = exchange;
        config.market = market;
        return config;
    }
    std::unique_ptr<Venue> venue() const { return MakeVenue(config()).value(); }
    std::string name() const { return exchange + " " + std::string(model::ToString(market)); }
    InstrumentFacts facts() const {
        InstrumentFacts facts;
        if (market == model::Market::kSpot) return facts;
        facts.quantity_unit = model::QuantityUnit::kContracts;
        facts.base_per_unit = facts.contract_size = Decimal::Make(1, 2);
        return facts;
    }
};

// `count` levels, then `last`, as the JSON of one side.
inline std::string SampleSide(int count, std::string_view level, std::string_view last) {
    std::string side = "[";
    for (int i = 0; i < count; ++i) side.append(level).append(",");
    return side.append(last).append("]");
}

// $S stands for the symbol.
inline std::vector<std::string> NamedSamples(
    std::vector<std::string> frames, std::string_view symbol
) {
    for (std::string& frame : frames) {
        for (size_t at = 0; (at = frame.find("$S", at)) != std::string::npos;) {
            frame.replace(at, 2, symbol);
        }
    }
    return frames;
}

inline std::vector<std::string> BinanceSamples(model::Market market) {
    const std::string depth =
        R"({"stream":"x@depth@100ms","data":{"e":"depthUpdate","E":1700000000200,"T":1700000000190,"s":"$S","U":157,"u":160,"pu":149,"b":)" +
        SampleSide(50, R"(["61000.00000000","0.10000000"])", R"(["60999.50000000","1.50000000"])") +
        R"(,"a":[["61001.00000000","0.00000000"]]}})";
    std::vector<std::string> frames = {
        depth,
        R"({"stream":"x@trade","data":{"e":"trade","E":1700000000123,"s":"$S","t":4201,"p":"61000.50000000","q":"0.01500000","T":1700000000121,"X":"MARKET","m":true,"M":true}})",
        R"( {"e":"aggTrade","E":1700000000123,"s":"$S","a":26,"p":"1.0","q":"2","f":100,"l":105,"T":1700000000121,"m":false,"M":true})",
        R"({"stream":"x@kline_1m","data":{"e":"kline","E":1700000000700,"s":"$S","k":{"t":1700000000000,"T":1700000059999,"s":"$S","i":"1m","f":100,"L":200,"o":"1","c":"2","h":"3","l":"0.5","v":"1000","n":101,"x":true,"q":"1.5","V":"500","Q":"0.75","B":"123"}}})",
        R"({"e":"24hrTicker","E":1700000000500,"s":"$S","p":"-5","c":"61000.1","o":"61005.1","h":"62000","l":"60000","v":"1234.5","q":"75000000"})",
        R"({"result":null,"id":1})",
    };
    if (market == model::Market::kSpot) {
        frames.emplace_back(
            R"({"stream":"x@bookTicker","data":{"u":400900217,"s":"$S","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}})"
        );
        return frames;
    }
    frames.insert(
        frames.end(),
        {
            R"({"stream":"x@bookTicker","data":{"u":400900217,"e":"bookTicker","s":"$S","b":"427.84","B":"24","a":"427.90","A":"669","T":1700000000310,"E":1700000000313}})",
            R"({"stream":"x@markPrice@1s","data":{"e":"markPriceUpdate","E":1700000001000,"s":"$S","p":"61000.15","P":"61001.5","i":"60990.1","r":"0.00038167","T":1700006400000}})",
            R"( {"stream":"x@forceOrder","data":{"e":"forceOrder","E":1700000000993,"o":{"s":"$S","S":"SELL","o":"LIMIT","f":"IOC","q":"14","p":"9910","ap":"9912.5","X":"FILLED","l":"15","z":"14","T":1700000000987}}})",
        }
    );
    return frames;
}

inline std::vector<std::string> OkxSamples(model::Market market) {
    const std::string book =
        R"({"arg":{"channel":"books","instId":"$S"},"action":"snapshot","data":[{"asks":)" +
        SampleSide(399, R"(["8476.98","415","0","13"])", R"(["8477","7","0","2"])") +
        R"(,"bids":[],"ts":"1597026383085","checksum":-855196043,"prevSeqId":-1,"seqId":123456}]})";
    std::vector<std::string> frames = {
        book,
        R"({"arg":{"channel":"books","instId":"$S"},"action":"update","data":[{"asks":[["8476.98","0","0","0"]],"bids":[["8476.97","256.5","0","12"]],"ts":"1597026383185","checksum":796530682,"prevSeqId":123456,"seqId":123457}]})",
        R"({"arg":{"channel":"books","instId":"$S"},"action":"update","data":[{"asks":[],"bids":[],"ts":"1597026443185","checksum":0,"prevSeqId":123457,"seqId":123457}]})",
        R"({"arg":{"channel":"trades","instId":"$S"},"data":[{"instId":"$S","tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","ts":"1630048897897","count":"3","seqId":1234}]})",
        R"({"arg":{"channel":"trades-all","instId":"$S"},"data":[{"instId":"$S","tradeId":"130639475","px":"42219.9","sz":"0.12","side":"sell","ts":"1630048897899","source":"0"}]})",
        R"({"arg":{"channel":"bbo-tbt","instId":"$S"},"data":[{"asks":[["8476.98","415","0","13"]],"bids":[["8476.97","256","0","12"]],"ts":"1597026383085","seqId":123456}]})",
        R"({"arg":{"channel":"tickers","instId":"$S"},"data":[{"instType":"SPOT","instId":"$S","last":"9999.99","open24h":"9000","high24h":"10000","low24h":"8888.88","volCcy24h":"2222","vol24h":"2222","ts":"1597026383085"}]})",
        R"({"arg":{"channel":"candle1H","instId":"$S"},"data":[["1597026383085","8533.02","8553.74","8527.17","8548.26","45247","529.5858061","5529.5858061","0"]]})",
        R"({"id":"3","event":"subscribe","arg":{"channel":"books","instId":"$S"},"connId":"accb8e21"})",
        "pong",
    };
    if (market == model::Market::kSpot) {
        frames.emplace_back(
            R"({"arg":{"channel":"index-tickers","instId":"$S"},"data":[{"instId":"$S","idxPx":"42310.6","ts":"1630049139746"}]})"
        );
        return frames;
    }
    frames.insert(
        frames.end(),
        {
            R"({"arg":{"channel":"funding-rate","instId":"$S"},"data":[{"fundingRate":"0.0001515","fundingTime":"1622822400000","nextFundingRate":"","ts":"1622822300000"}]})",
            R"({"arg":{"channel":"open-interest","instId":"$S"},"data":[{"oi":"2216113.01","oiUsd":"1939251795.54769270396321","ts":"1743041250440"}]})",
            R"({"arg":{"channel":"mark-price","instId":"$S"},"data":[{"markPx":"42310.6","ts":"1630049139746"}]})",
            R"({"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[{"bkPx":"0.007831","side":"buy","sz":"13","ts":"1692266434010"}],"instId":"$S"}]})",
        }
    );
    return frames;
}

inline std::vector<std::string> DeribitSamples() {
    const std::string head = R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":")";
    return {
        head +
            R"(book.$S.100ms","data":{"type":"snapshot","timestamp":1622626472678,"change_id":31479219781,"asks":[],"bids":)" +
            SampleSide(400, R"(["new",37317.0,2960.0])", R"(["new",37311.5,530.0])") + "}}}",
        head +
            R"(book.$S.100ms","data":{"type":"change","timestamp":1622626784890,"prev_change_id":31479339296,"change_id":31479339507,"bids":[["new",37392.5,3000.0]],"asks":[["delete",37848.5,0.0]]}}})",
        head +
            R"(trades.$S.100ms","data":[{"trade_seq":5326971,"trade_id":"137486952","timestamp":1616321287195,"price":56273.5,"direction":"buy","amount":6000.0,"liquidation":"M"}]}})",
        head +
            R"(quote.$S","data":{"timestamp":1654012882984,"best_bid_price":32143.0,"best_bid_amount":179960.0,"best_ask_price":32143.5,"best_ask_amount":20.0}}})",
        head +
            R"(ticker.$S.100ms","data":{"timestamp":1786563120494,"stats":{"high":64422,"low":63261,"volume":2778.68467406,"volume_usd":177187410},"index_price":63329.18,"last_price":63344,"open_interest":716004750,"mark_price":63346.33,"current_funding":2.081e-05}}})",
        head +
            R"(chart.trades.$S.1","data":{"volume":0.00172302,"tick":1677628800000,"open":23215.0,"low":23215.0,"high":23215.0,"cost":40.0,"close":23215.0}}})",
        R"({"jsonrpc":"2.0","id":3,"result":["book.$S.100ms"]})",
        R"({"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}})",
    };
}

inline std::vector<std::string> BybitSamples(model::Market market) {
    const bool spot = market == model::Market::kSpot;
    const std::string book =
        R"({"topic":"orderbook.200.$S","type":"snapshot","ts":1786310818129,"data":{"s":"$S","a":[],"b":)" +
        SampleSide(199, R"(["65114.20","6.054"])", R"(["65110.20","6.054"])") +
        R"(,"u":15076952,"seq":753843913869},"cts":1786310818027})";
    std::vector<std::string> frames = {
        book,
        R"({"topic":"orderbook.200.$S","type":"delta","ts":1786310818130,"data":{"s":"$S","b":[["65095.30","0.005"],["65093.10","0"]],"a":[["65116.60","0"]],"u":15076953,"seq":753843913870},"cts":1786310818129})",
        R"({"topic":"publicTrade.$S","type":"snapshot","ts":1672304486868,"data":[{"T":1672304486865,"s":"$S","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick","i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false,"seq":1783284617}]})",
        R"({"topic":"orderbook.1.$S","type":"snapshot","ts":1749833474773,"data":{"s":"$S","b":[["0.6131","17.9"]],"a":[["0.6134","35.4"]],"u":24042997,"seq":209972815373},"cts":1749833474768})",
        R"({"topic":"orderbook.1.$S","type":"snapshot","ts":1749833474773,"data":{"s":"$S","b":[["0.6131","17.9"]],"a":[["0.6134","35.4"]],"u":24042998,"seq":209972815373},"cts":1749833474768})",
        R"({"topic":"kline.5.$S","data":[{"start":1672324800000,"end":1672325099999,"interval":"5","open":"16649.5","close":"16677","high":"16677","low":"16608","volume":"2.081","turnover":"34666.4005","confirm":false,"timestamp":1672324988882}],"ts":1672324988882,"type":"snapshot"})",
        R"({"success":true,"ret_msg":"","conn_id":"d8bu","req_id":"7","op":"subscribe"})",
    };
    if (spot) {
        frames.emplace_back(
            R"({"topic":"tickers.$S","ts":1673853746003,"type":"snapshot","cs":2588407389,"data":{"symbol":"$S","lastPrice":"21109.77","highPrice24h":"21426.99","lowPrice24h":"20575","prevPrice24h":"20704.93","volume24h":"6780.866843","turnover24h":"141946527.22907118","price24hPcnt":"0.0196","usdIndexPrice":"21120.2400136"}})"
        );
        return frames;
    }
    frames.insert(
        frames.end(),
        {
            R"({"topic":"tickers.$S","type":"snapshot","data":{"symbol":"$S","lastPrice":"17216.00","markPrice":"17217.33","indexPrice":"17227.36","openInterest":"68744.761","nextFundingTime":"1673280000000","fundingRate":"-0.000212"},"cs":24987956059,"ts":1673272861686})",
            R"({"topic":"tickers.$S","type":"delta","data":{"symbol":"$S","lastPrice":"17216.50","openInterest":"68744.760"},"cs":24987956060,"ts":1673272861786})",
            R"({"topic":"allLiquidation.$S","type":"snapshot","ts":1739502303204,"data":[{"T":1739502302929,"s":"$S","S":"Sell","v":"20000","p":"0.04499"}]})",
        }
    );
    return frames;
}

// Of every market in the registry.
inline std::vector<StreamSamples> AllStreamSamples() {
    using enum model::Market;
    std::vector<StreamSamples> all;
    const auto add = [&](std::string exchange,
                         model::Market market,
                         std::string symbol,
                         std::vector<std::string> frames) {
        frames = NamedSamples(std::move(frames), symbol);
        all.push_back({std::move(exchange), market, std::move(symbol), std::move(frames)});
    };
    add("binance", kSpot, "BTCUSDT", BinanceSamples(kSpot));
    add("binance", kLinear, "BTCUSDT", BinanceSamples(kLinear));
    add("binance", kInverse, "BTCUSD_PERP", BinanceSamples(kInverse));
    add("okx", kSpot, "BTC-USDT", OkxSamples(kSpot));
    add("okx", kLinear, "BTC-USDT-SWAP", OkxSamples(kLinear));
    add("okx", kInverse, "BTC-USD-SWAP", OkxSamples(kInverse));
    add("okx", kOption, "BTC-USD-261225-80000-C", OkxSamples(kOption));
    add("deribit", kLinear, "SOL_USDC-PERPETUAL", DeribitSamples());
    add("deribit", kInverse, "BTC-PERPETUAL", DeribitSamples());
    add("deribit", kOption, "BTC-25DEC26-80000-C", DeribitSamples());
    add("bybit", kSpot, "BTCUSDT", BybitSamples(kSpot));
    add("bybit", kLinear, "BTCUSDT", BybitSamples(kLinear));
    return all;
}

}  // namespace mp::collector::testing
