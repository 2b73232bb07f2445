#pragma once
// Bybit's REST answers: {"retCode":0,"retMsg":"OK","result":{..}}; any other code is a refusal,
// whatever the HTTP status is.
//
//   GET /v5/market/instruments-info?category=linear&limit=1000[&cursor=..]
//       {"result":{"list":[{..},..],"nextPageCursor":".."}}; spot has one page
//   GET /v5/market/orderbook?category=linear&symbol=..&limit=1000
//       {"result":{"s":..,"b":[["65485.47","47.081"],..],"a":[..],"ts":..,"cts":..,"u":..}}

#include <string>
#include <string_view>

#include "collector/venues/venue.hpp"

namespace mp::collector::bybit {

RestCall InstrumentsCall(model::Market market, std::string_view cursor = {});
// Instruments of other markets are left out; InvalidArgument where the answer makes no sense.
Result<ListingPage> ParseInstruments(
    std::string_view body, std::string_view exchange, model::Market market
);

// The most levels that the venue gives; their ids are those of the stream of as many levels.
inline constexpr uint32_t kRestDepth = 1000;
RestCall OrderBookCall(model::Market market, std::string_view venue_symbol);
Result<SnapshotData> ParseOrderBook(std::string_view body);

// Empty where the body is no such text.
std::string ParseRefusal(std::string_view body);
// Whether it says that too much was asked (code 10006).
bool IsTooMuch(std::string_view body);

}  // namespace mp::collector::bybit
