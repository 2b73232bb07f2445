#pragma once
// Deribit's JSON-RPC messages -> events. Keys in any order, unknown keys ignored, numbers as
// numbers. Everything about a market is
// {"method":"subscription","params":{"channel":"..","data":..}}:
//
//   trades  [{"trade_seq":5326971,"trade_id":"137486952","timestamp":1616321287195,"price":56273.5,
//             "direction":"buy","amount":6000.0,"liquidation":"M"},..]    the mark is rare
//   book    {"type":"snapshot"|"change","timestamp":..,"prev_change_id":..,"change_id":..,
//            "bids":[["new",37392.5,3000.0],["delete",37399.0,0.0]],"asks":[..]}
//   quote   {"timestamp":..,"best_bid_price":..,"best_bid_amount":..,"best_ask_price":..,..}
//   ticker  {"timestamp":..,"last_price":..,"mark_price":..,"index_price":..,"open_interest":..,
//            "current_funding":..,"stats":{"volume":..,"volume_usd":..,"low":..,"high":..},..}
//   chart   {"tick":1677628800000,"open":..,"high":..,"low":..,"close":..,"volume":..,"cost":..}
//
// and the rest: {"id":1,"result":[channels]}, {"id":1,"error":{..}}, and
// {"method":"heartbeat","params":{"type":"test_request"}}, which wants an answer.

#include <memory>

#include "collector/venues/frame_parser.hpp"
#include "collector/venues/symbol_table.hpp"

namespace mp::collector::deribit {

// `symbols` must outlive the parser; it may change between calls. For one thread.
std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols);

}  // namespace mp::collector::deribit
