#pragma once

#include <memory>

#include "exchange-sim/exchange.hpp"

namespace mp::sim::binance {

// Generated is a spot market; of a capture one market is served.
std::unique_ptr<Exchange> Make(const Plant& plant);

}  // namespace mp::sim::binance
