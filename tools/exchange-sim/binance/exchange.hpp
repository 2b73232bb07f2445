#pragma once

#include <memory>
#include <vector>

#include "base/status.hpp"
#include "exchange-sim/exchange.hpp"
#include "exchange-sim/symbol_spec.hpp"

namespace mp::sim::binance {

// A generated spot market.
Result<std::unique_ptr<Exchange>> Generate(
    const Plant& plant, const std::vector<SymbolSpec>& specs, double rate
);

// One market of a capture.
Result<std::unique_ptr<Exchange>> Load(const Plant& plant);

}  // namespace mp::sim::binance
