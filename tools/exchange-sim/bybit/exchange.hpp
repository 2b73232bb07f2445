#pragma once

#include <memory>
#include <vector>

#include "base/status.hpp"
#include "exchange-sim/exchange.hpp"
#include "exchange-sim/symbol_spec.hpp"

namespace mp::sim::bybit {

// Of each symbol the spot market and, where it is quoted in USDT or USDC, the linear perpetual.
Result<std::unique_ptr<Exchange>> Generate(
    const Plant& plant, const std::vector<SymbolSpec>& specs, double rate
);

// All markets of a capture.
Result<std::unique_ptr<Exchange>> Load(const Plant& plant);

}  // namespace mp::sim::bybit
