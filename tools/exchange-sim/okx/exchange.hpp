#pragma once

#include <memory>

#include "exchange-sim/exchange.hpp"

namespace mp::sim::okx {

// Generated are of each symbol the spot market and, where it is quoted in dollars, the perpetual
// swap; of a capture all markets are served.
std::unique_ptr<Exchange> Make(const Plant& plant);

}  // namespace mp::sim::okx
