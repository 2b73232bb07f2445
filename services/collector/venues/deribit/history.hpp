#pragma once
// What Deribit tells by REST of the past: trades by their consecutive `trade_seq`.
//
//   get_last_trades_by_instrument?start_seq&end_seq {"result":{"trades":[..],"has_more"}}
//   get_last_trades_by_instrument_and_time?end_timestamp       the same
//
// Rows are those of the channel. Bars come as columns, and open interest has no past.

#include <memory>

#include "collector/venues/history.hpp"

namespace mp::collector::deribit {

std::unique_ptr<History> MakeHistory();

}  // namespace mp::collector::deribit
