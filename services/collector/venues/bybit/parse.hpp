#pragma once
// Bybit's WebSocket messages (v5) -> events. Keys in any order - it differs between markets, and
// times may stand behind what they belong to -, unknown keys ignored. Everything about a market is
// {"topic":"..","type":"snapshot"|"delta","ts":sent,"data":..}:
//
//   publicTrade    [{"T":1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50",
//                    "i":"20f43950-d8dd-5b31-9112-a178eb6023af","seq":1783284617},..]
//   orderbook.N    {"s":"BTCUSDT","b":[["16493.50","0.006"]],"a":[..],"u":18521288,"seq":79}
//                  and "cts", the time of the match, beside data; orderbook.1 is the best quote
//   tickers {"symbol":..,"lastPrice":..,"prevPrice24h":..,"highPrice24h":..,"lowPrice24h":..,
//                   "volume24h":..,"turnover24h":..}; of contracts with "markPrice", "indexPrice",
//                  "openInterest", "openInterestValue", "fundingRate", "nextFundingTime", where a
//                  delta leaves out what has not changed
//   kline.1        [{"start":..,"end":..,"interval":"1","open":..,"close":..,"high":..,"low":..,
//                    "volume":..,"turnover":..,"confirm":false,"timestamp":1672324988882}]
//   allLiquidation [{"T":1739502302929,"s":"ROSEUSDT","S":"Sell","v":"20000","p":"0.04499"}]
//
// and the rest: {"success":true,"ret_msg":"","req_id":"7","op":"subscribe"}, and answers to pings.

#include <memory>

#include "collector/venues/frame_parser.hpp"
#include "collector/venues/symbol_table.hpp"

namespace mp::collector::bybit {

// `symbols` must outlive the parser; it may change between calls. For one thread.
std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols);

}  // namespace mp::collector::bybit
