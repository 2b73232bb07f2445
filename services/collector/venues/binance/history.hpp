#pragma once
// What Binance tells by REST of the past. Its rows:
//
//   aggTrades         [{"a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27781,
//                       "T":1498793709153,"m":true,"M":true},..]           from fromId, or
//                       startTime
//   historicalTrades  [{"id":28457,"price":"4.00000100","qty":"12.0","quoteQty":"48.000012",
//                       "time":1499865549590,"isBuyerMaker":true,..},..]   from fromId
//   klines            [[open time,"o","h","l","c","volume",close time,"quote volume",trades,..],..]
//   openInterest      {"openInterest":"10659.509","symbol":"BTCUSDT","time":1589437530011}
//   fundingRate       [{"symbol":"BTCUSDT","fundingRate":"-0.03750000","fundingTime":1570608000000,
//                       "markPrice":"34287.5"},..]
//
// Single trades of contracts want an API key. A bar's event stands where the venue's last push of
// it would: at the next one's beginning. A settled rate stands at its funding time, rounded to the
// second (the venue's wavers by some milliseconds).

#include <memory>
#include <string_view>

#include "collector/venues/history.hpp"
#include "collector/venues/venue_config.hpp"

namespace mp::collector::binance {

// `api`: "/api/v3", "/fapi/v1", "/dapi/v1". `config` outlives it.
std::unique_ptr<History> MakeHistory(std::string_view api, const VenueConfig& config);

}  // namespace mp::collector::binance
