#pragma once
// Deribit's REST answers: {"jsonrpc":"2.0","result":..} or {"error":{"code":..,"message":".."}}.
//
//   GET /api/v2/public/get_instruments?currency=any&kind=future   {"result":[{..},..]}
//   GET /api/v2/public/get_order_book?instrument_name=..&depth=..
//       {"result":{"change_id":..,"timestamp":..,"bids":[[price,amount],..],"asks":[..]}}

#include <string>
#include <string_view>
#include <vector>

#include "collector/venues/venue.hpp"

namespace mp::collector::deribit {

std::vector<RestCall> ListingCallsFor(model::Market market);
// Instruments of other markets are left out; InvalidArgument where the answer makes no sense.
Result<ListingPage> ParseInstruments(
    std::string_view body, std::string_view exchange, model::Market market
);

RestCall OrderBookCall(std::string_view venue_symbol);
Result<SnapshotData> ParseOrderBook(std::string_view body);

// Empty where the body is no such text.
std::string ParseRefusal(std::string_view body);
// Whether it says that too much was asked (code 10028).
bool IsTooMuch(std::string_view body);

}  // namespace mp::collector::deribit
