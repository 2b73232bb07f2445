#pragma once

#include <memory>

#include "exchange-sim/exchange.hpp"

namespace mp::sim::binance {

// Generated is a spot market; of a capture one market is served.
std::unique_ptr<Exchange> Make(const Plant& plant);
// Perpetual contracts margined in the quote and in the base asset, generated only: at addresses of
// their own, "/linear" and "/inverse", with one request budget.
std::vector<std::unique_ptr<Exchange>> MakeContracts(const Plant& plant);

}  // namespace mp::sim::binance
