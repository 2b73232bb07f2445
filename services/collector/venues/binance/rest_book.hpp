#pragma once
// GET /api/v3/depth: {"lastUpdateId":1027024,"bids":[["4.00","431.0"],...],"asks":[...]}. It has no
// time. Also how Binance words a refusal: {"code":-1121,"msg":"Invalid symbol."}.

#include <cstdint>
#include <string>
#include <string_view>

#include "collector/venues/venue.hpp"

namespace mp::collector::binance {

RestCall DepthCall(std::string_view venue_symbol, uint32_t depth);
Result<SnapshotData> ParseDepth(std::string_view body, uint32_t depth);

// Empty where the body is no such text.
std::string ParseRefusal(std::string_view body);

}  // namespace mp::collector::binance
