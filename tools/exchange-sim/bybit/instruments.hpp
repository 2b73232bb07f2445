#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exchange-sim/instrument_list.hpp"

namespace mp::sim::bybit {

struct Instrument {
    std::string symbol;    // BTCUSDT, the same in every category
    std::string category;  // spot, linear
    std::string base;
    std::string quote;
    int price_digits = 2;
    int quantity_digits = 6;

    std::string key() const { return category + ":" + symbol; }
    const std::string& market() const { return category; }
};

// As the exchange lists it.
std::string RowOf(const Instrument& instrument);

// What a symbol says about its assets; for those that no recorded list names.
Instrument GuessInstrument(std::string_view category, std::string_view symbol);

// What /v5/market/instruments-info answers: made rows, or recorded ones, unchanged.
class Instruments : public InstrumentList<Instrument> {
  public:
    void AddRecorded(std::string_view answer);

    // A page of the category's rows as JSON, from the given position on; `next` is where the
    // following one begins, 0 where there is none.
    std::string Render(
        std::string_view category,
        std::string_view symbol,
        std::size_t from,
        std::size_t limit,
        std::size_t& next
    ) const;
};

}  // namespace mp::sim::bybit
