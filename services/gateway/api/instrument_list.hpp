#pragma once
// Several instruments in one parameter: "BTC-USDT,ETH-USDT", each perhaps with where it is traded:
// "okx:spot:BTC-USDT". Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "model/instrument.hpp"

namespace mp::gateway {

inline constexpr size_t kMaxInstruments = 100;

// As a client names one: the market may be missing.
struct InstrumentName {
    std::string exchange;
    std::optional<model::Market> market;
    std::string symbol;
};

// `exchange` and `market` are those of the symbols that do not say it themselves. InvalidArgument
// names the parameter: "symbols: ..." or "exchange: ...".
Result<std::vector<InstrumentName>> ParseInstrumentList(
    std::string_view text, std::string_view exchange, std::optional<model::Market> market
);

}  // namespace mp::gateway
