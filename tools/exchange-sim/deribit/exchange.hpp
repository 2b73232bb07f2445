#pragma once

#include <memory>

#include "exchange-sim/exchange.hpp"

namespace mp::sim::deribit {

// Generated are of each asset the perpetual and, of bitcoin and ether, where contracts are inverse,
// options; of a capture all markets are served.
std::unique_ptr<Exchange> Make(const Plant& plant);

}  // namespace mp::sim::deribit
