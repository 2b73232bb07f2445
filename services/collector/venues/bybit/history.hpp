#pragma once
// Bybit's REST answers about the past, newest first: the newest trades, bars, and funding as it was
// settled.
//
//   GET /v5/market/recent-trade?category=linear&symbol=..&limit=1000
//       {"result":{"list":[{"execId":..,"price":..,"size":..,"side":..,"time":..,"seq":..},..]}}
//       of spot at most 60
//   GET /v5/market/kline?category=..&symbol=..&interval=60&start=..&end=..&limit=1000
//       {"result":{"list":[["<open time>","<o>","<h>","<l>","<c>","<volume>","<turnover>"],..]}}
//   GET /v5/market/funding/history?category=..&symbol=..&startTime=..&endTime=..&limit=200
//       {"result":{"list":[{"fundingRate":..,"fundingRateTimestamp":..},..]}}

#include <memory>

#include "collector/venues/history.hpp"
#include "collector/venues/venue_config.hpp"

namespace mp::collector::bybit {

// `config` outlives it.
std::unique_ptr<History> MakeHistory(const VenueConfig& config);

}  // namespace mp::collector::bybit
