#pragma once
// GET /api/v3/depth: {"lastUpdateId":1027024,"bids":[["4.00","431.0"],...],"asks":[...]}. Spot has
// no time; contracts (/fapi/v1, /dapi/v1) add "T", the time of the last update in it, and "E", when
// it was written. T is the book's: at E newer updates may have been sent already. Also how Binance
// words a refusal: {"code":-1121,"msg":"Invalid symbol."}.

#include <cstdint>
#include <string>
#include <string_view>

#include "collector/venues/venue.hpp"

namespace mp::collector::binance {

RestCall SpotDepthCall(std::string_view venue_symbol, uint32_t depth);
// `api`: "/fapi/v1" or "/dapi/v1". These give some depths only: the next larger one is asked for.
RestCall ContractDepthCall(std::string_view api, std::string_view venue_symbol, uint32_t depth);
uint32_t ContractDepth(uint32_t depth);

// `depth`: as it was asked for.
Result<SnapshotData> ParseDepth(std::string_view body, uint32_t depth);

// Empty where the body is no such text.
std::string ParseRefusal(std::string_view body);

}  // namespace mp::collector::binance
