#pragma once

#include <memory>
#include <vector>

#include "base/status.hpp"
#include "exchange-sim/exchange.hpp"
#include "exchange-sim/symbol_spec.hpp"

namespace mp::sim::deribit {

// Of each asset the perpetual; of bitcoin and ether, where contracts are inverse, options too.
Result<std::unique_ptr<Exchange>> Generate(
    const Plant& plant, const std::vector<SymbolSpec>& specs, double rate
);

// All markets of a capture.
Result<std::unique_ptr<Exchange>> Load(const Plant& plant);

}  // namespace mp::sim::deribit
