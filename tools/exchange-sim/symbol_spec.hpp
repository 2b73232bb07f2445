#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"

namespace mp::sim {

// One instrument of the generated market. Prices are whole multiples of 10^-price_digits,
// quantities of 10^-quantity_digits; both together have at most 8 digits, so price * quantity is
// exact in 10^-8.
struct SymbolSpec {
    std::string base;
    std::string quote;
    std::int64_t price_e8 = 0;  // where the random walk begins and what it is drawn to
    int price_digits = 2;
    int quantity_digits = 5;
    std::int64_t lots_per_1000_usd = 1;  // how big orders are
    bool inverse = false;                // quantities count the quote currency
    std::int64_t below_e8 = 0;           // what prices are lower by than they walk: may be negative

    std::string canonical() const { return base + "-" + quote; }
    std::int64_t tick_e8() const;
    std::int64_t lot_e8() const;
};

// "BTC-USDT". Known assets get their usual price and steps, others a price from their name.
Result<SymbolSpec> MakeSymbolSpec(std::string_view canonical);

// "BTC-USDT,ETH-USDT"; each symbol once.
Result<std::vector<SymbolSpec>> ParseSymbols(std::string_view list);

}  // namespace mp::sim
