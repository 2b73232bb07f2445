#pragma once

#include <memory>
#include <vector>

#include "base/status.hpp"
#include "exchange-sim/exchange.hpp"

namespace mp::sim {

// The exchanges that the command line asks for: those of --venues with generated markets, or the
// one that a capture is of. InvalidArgument and NotFound are the caller's mistakes.
Result<std::vector<std::unique_ptr<Exchange>>> MakeExchanges(const Plant& plant);

}  // namespace mp::sim
