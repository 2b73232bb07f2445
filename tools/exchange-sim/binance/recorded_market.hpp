#pragma once

#include <cstdint>

#include "exchange-sim/hub.hpp"
#include "exchange-sim/market.hpp"
#include "exchange-sim/replay.hpp"

namespace mp::sim::binance {

// `count` messages of a market, made in advance: a recording like any other, for serving at full
// speed. The snapshot of a book comes right behind its first delta, where a client asks for it that
// waits for a delta, and one that does not.
Recording RecordMarket(Market& market, Hub& hub, bool aggregate_trades, std::uint64_t count);

}  // namespace mp::sim::binance
