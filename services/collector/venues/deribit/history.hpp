#pragma once
// What Deribit tells by REST of the past: trades by their consecutive `trade_seq`.
//
//   get_last_trades_by_instrument?start_seq&end_seq {"result":{"trades":[..],"has_more"}}
//   get_last_trades_by_instrument_and_time?end_timestamp       the same
//
//   get_tradingview_chart_data?start_timestamp&end_timestamp&resolution
//       {"result":{"ticks":[..],"open":[..],..,"volume":[..],"cost":[..],"status":"ok"}}
//
// Trades are those of the channel. Open interest has no past.

#include <memory>

#include "collector/venues/history.hpp"
#include "collector/venues/venue_config.hpp"

namespace mp::collector::deribit {

// `config` outlives it.
std::unique_ptr<History> MakeHistory(const VenueConfig& config);

}  // namespace mp::collector::deribit
