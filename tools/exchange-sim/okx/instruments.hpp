#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange-sim/instrument_list.hpp"

namespace mp::sim::okx {

struct Instrument {
    std::string symbol;  // BTC-USDT-SWAP
    std::string type;    // SPOT SWAP FUTURES OPTION
    std::string base;
    std::string quote;
    int price_digits = 2;
    int quantity_digits = 8;
    std::int64_t contract_e8 = 0;  // in a contract: base asset, of inverse ones dollars; 0 of spot
    std::int64_t listed_ms = 1'548'133'413'000;

    const std::string& key() const { return symbol; }
    // A collector's word for the kind: spot linear inverse option.
    std::string market() const;
    std::string family() const { return base + "-" + quote; }
};

// As the exchange lists it.
std::string RowOf(const Instrument& instrument);

// What an id says about an instrument; for those that no recorded list names.
Instrument GuessInstrument(std::string_view id);

// What /api/v5/public/instruments answers: made rows, or recorded ones, unchanged.
class Instruments : public InstrumentList<Instrument> {
  public:
    void AddRecorded(std::string_view answer);

    struct Filter {
        std::string_view type, family, id;
    };
    // The rows as JSON, separated by commas.
    std::string Render(const Filter& filter) const;
    // Of options: ["BTC-USD","ETH-USD"]
    std::string RenderFamilies(std::string_view type) const;
};

}  // namespace mp::sim::okx
