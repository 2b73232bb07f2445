#pragma once
// OKX's REST answers: {"code":"0","msg":"","data":[...]}; a code other than 0 is a refusal,
// whatever the HTTP status is.
//
//   GET /api/v5/public/instruments?instType=SPOT    what is listed, all on one page
//   GET /api/v5/public/underlying?instType=OPTION   {"data":[["BTC-USD","ETH-USD"]]}: options are
//                                                    listed for one of these at a time
//   GET /api/v5/market/books?instId=BTC-USDT&sz=400  {"data":[{"asks","bids","ts","seqId"}]}

#include <string>
#include <string_view>
#include <vector>

#include "collector/venues/venue.hpp"

namespace mp::collector::okx {

std::vector<RestCall> ListingCallsFor(model::Market market);
// Instruments of other markets are left out, and so is what cannot be read; InvalidArgument where
// the answer as a whole makes no sense.
Result<ListingPage> ParseInstruments(
    std::string_view body, std::string_view exchange, model::Market market
);

RestCall BooksCall(std::string_view venue_symbol, uint32_t depth);
Result<SnapshotData> ParseBooks(std::string_view body, uint32_t depth);

// Empty where the body is no such text.
std::string ParseRefusal(std::string_view body);
// Whether it says that too much was asked (code 50011).
bool IsTooMuch(std::string_view body);

}  // namespace mp::collector::okx
