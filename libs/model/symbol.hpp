#pragma once
// Canonical symbols, built from a venue's metadata and never by cutting its own symbol apart:
//   spot    BTC-USDT            perpetual  BTC-USDT-PERP
//   dated   BTC-USD-20261225    option     BTC-USD-20261225-80000-C
// An asset is any UTF-8 text without '-', '|', blanks and control characters. Pure; thread-safe.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/decimal.hpp"

namespace mp::model {

using Date = std::chrono::year_month_day;

enum class OptionType : uint8_t { kCall, kPut };

// Nothing where an asset, the date or the strike does not fit the grammar: the caller then keeps
// the venue's symbol verbatim.
std::optional<std::string> SpotSymbol(std::string_view base, std::string_view quote);
std::optional<std::string> PerpetualSymbol(std::string_view base, std::string_view quote);
std::optional<std::string> DatedSymbol(std::string_view base, std::string_view quote, Date expiry);
std::optional<std::string> OptionSymbol(
    std::string_view base,
    std::string_view quote,
    Date expiry,
    const Decimal& strike,
    OptionType type
);

}  // namespace mp::model
