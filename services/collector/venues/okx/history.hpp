#pragma once
// What OKX tells by REST of the past, newest first:
//
//   market/history-trades        [{"instId","tradeId","px","sz","side","source","ts"},..]: each
//   fill,
//                                older than a number (type=1) or an instant (type=2); three months
//   market/history-candles       [[ts,o,h,l,c,vol,volCcy,volCcyQuote,confirm],..], opened before
//   `after` public/funding-rate-history  [{"instId","fundingRate","realizedRate","fundingTime"},..]
//
// Trades of a taker order and price together have no past. A bar's event stands at the next one's
// beginning, where its last push would come; a settled rate at its funding time.

#include <memory>

#include "collector/venues/history.hpp"
#include "collector/venues/venue_config.hpp"

namespace mp::collector::okx {

// `config` outlives it.
std::unique_ptr<History> MakeHistory(const VenueConfig& config);

}  // namespace mp::collector::okx
