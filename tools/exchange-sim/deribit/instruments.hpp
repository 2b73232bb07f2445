#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exchange-sim/instrument_list.hpp"

namespace mp::sim::deribit {

struct Instrument {
    std::string symbol;  // BTC-PERPETUAL, BTC-25DEC26-80000-C, SOL_USDC-PERPETUAL
    std::string kind;    // future, option; others of recorded lists
    std::string base;
    std::string counter;         // what the strike or price counts: USD, USDC
    std::int64_t expiry_ms = 0;  // 0: perpetual
    std::string strike;          // of options
    bool call = false;
    int price_digits = 4;
    int quantity_digits = 0;

    const std::string& key() const { return symbol; }
    bool inverse() const { return kind == "future" && counter == "USD"; }
    bool option() const { return kind.starts_with("option"); }
    // A collector's word for the kind: linear inverse option.
    std::string market() const;
};

// As the exchange lists it.
std::string RowOf(const Instrument& instrument);

// What a name says about an instrument; for those that no recorded list names.
Instrument GuessInstrument(std::string_view name);

// "25DEC26" of the day that holds the moment.
std::string DayName(std::int64_t time_ms);

// What public/get_instruments answers: made rows, or recorded ones, unchanged.
class Instruments : public InstrumentList<Instrument> {
  public:
    void AddRecorded(std::string_view answer);

    // The row as JSON.
    const std::string& Row(std::string_view name) const {
        return entries().find(name)->second.json;
    }
    // The rows as JSON, separated by commas; empty or "any": all of that kind or currency.
    std::string Render(std::string_view currency, std::string_view kind) const;
};

}  // namespace mp::sim::deribit
