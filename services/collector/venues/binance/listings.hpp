#pragma once
// GET .../exchangeInfo: what is listed. Tick and lot sizes stand in the filters, never in the
// precision fields; 0 means that the filter is off. Contracts add contractType, marginAsset,
// onboardDate, deliveryDate (far in the future: perpetual) and, on COIN-M, contractSize in the
// quote asset and contractStatus instead of status.

#include <string_view>

#include "collector/venues/venue.hpp"

namespace mp::collector::binance {

RestCall ExchangeInfoCall(model::Market market);

// Symbols that cannot be read are left out; InvalidArgument where the answer as a whole makes no
// sense.
Result<ListingPage> ParseExchangeInfo(
    std::string_view body, std::string_view exchange, model::Market market
);

}  // namespace mp::collector::binance
