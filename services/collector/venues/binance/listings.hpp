#pragma once
// GET /api/v3/exchangeInfo: what is listed. Tick and lot sizes stand in the filters, never in the
// precision fields; 0 means that the filter is off.

#include <string_view>

#include "collector/venues/venue.hpp"

namespace mp::collector::binance {

RestCall ExchangeInfoCall();

// Symbols that cannot be read are left out; InvalidArgument where the answer as a whole makes no
// sense.
Result<ListingPage> ParseExchangeInfo(std::string_view body, std::string_view exchange);

}  // namespace mp::collector::binance
