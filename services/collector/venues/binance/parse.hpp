#pragma once
// Binance's WebSocket messages -> events, of spot and of contracts (USD-M, COIN-M), whose messages
// differ by fields more than by shape. Combined ({"stream":..,"data":{..}}) and bare payloads, keys
// in any order, unknown keys ignored.
//
//   trade        {"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000",
//                 "q":"0.02000000","T":1723161255342,"m":true,"M":true}
//   aggTrade {"e":"aggTrade","E":..,"s":..,"a":26129,"p":..,"q":..,"f":100,"l":105,"T":..,"m":true}
//   depthUpdate  {"e":"depthUpdate","E":..,"s":..,"U":157,"u":160,"b":[["61837.63","1.5"]],"a":[]}
//   bookTicker   {"u":400900217,"s":..,"b":"25.35","B":"31.21","a":"25.36","A":"40.66"}   no time
//   24hrTicker   {"e":"24hrTicker","E":..,"s":..,"c":last,"o":..,"h":..,"l":..,"v":..,"q":..}
//   kline        {"e":"kline","E":..,"s":..,"k":{"t":open,"T":close,"i":"1m","o":..,"c":..,"h":..,
//                 "l":..,"v":..,"n":count,"x":closed,"q":quote volume}}
//
// Contracts add: "pu", the update before, to depthUpdate; "e", "E" and "T" to bookTicker; "X" to
// trade, "MARKET" for those that the market made; "st", 1 of USD-M, 2 of COIN-M, to all. On COIN-M
// quantities count contracts and "q" of ticker and kline the base asset. And there are
//
//   markPriceUpdate {"e":"markPriceUpdate","E":..,"s":..,"p":mark,"i":index,"P":..,"r":funding
//                    rate,"T":next funding}; "r" empty or "T" 0: the contract has no funding
//   forceOrder      {"e":"forceOrder","E":..,"o":{"s":..,"S":"SELL","q":..,"p":price,"ap":..,
//                    "X":"FILLED","l":..,"z":filled in all,"T":..}}

#include <memory>

#include "collector/venues/frame_parser.hpp"
#include "collector/venues/symbol_table.hpp"
#include "model/instrument.hpp"

namespace mp::collector::binance {

// `symbols` must outlive the parser; it may change between calls. For one thread.
std::unique_ptr<FrameParser> MakeSpotParser(const SymbolTable& symbols);
// `market`: linear (USD-M) or inverse (COIN-M).
std::unique_ptr<FrameParser> MakeContractParser(const SymbolTable& symbols, model::Market market);

}  // namespace mp::collector::binance
