#pragma once
// OKX's WebSocket messages -> events. Keys in any order, unknown keys ignored, compact or not.
// Everything about a market is {"arg":{"channel":..,"instId":..},"data":[row,...]}:
//
//   trades {"instId","tradeId":"130639474","px":"42219.9","sz":"0.12","side":"buy","ts":"16..",
//                 "count":"3","seqId":1234}   trades-all the same, one row a fill
//   books        "action":"snapshot"|"update" beside arg; {"asks":[["8476.98","415","0","13"],..],
//                 "bids":[..],"ts":"15..","checksum":-855196043,"prevSeqId":-1,"seqId":123456}
//   bbo-tbt      {"asks":[[..]],"bids":[[..]],"ts":"16..","seqId":363996337}
//   tickers      {"last","open24h","high24h","low24h","vol24h","volCcy24h","ts",..}
//   candle1m ["1597026383085","8533.02","8553.74","8527.17","8548.26","45247","529.58","55.5","1"]
//   funding-rate {"fundingRate","fundingTime","nextFundingRate","ts",..}
//   open-interest {"oi","oiCcy","oiUsd","ts"}
//   mark-price   {"markPx","ts"}
//   liquidation-orders {"instId","details":[{"side","bkPx","sz","ts",..},..]}   for all instruments
//
// and the rest: {"event":"subscribe","arg":{..}}, {"event":"error","code","msg"},
// {"event":"notice","code":"64008",..}, and "pong", which is no JSON.

#include <memory>

#include "collector/venues/frame_parser.hpp"
#include "collector/venues/symbol_table.hpp"

namespace mp::collector::okx {

// `symbols` must outlive the parser; it may change between calls. For one thread.
std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols);

}  // namespace mp::collector::okx
