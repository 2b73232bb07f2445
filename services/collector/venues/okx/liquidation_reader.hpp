#pragma once
// Rows of OKX's channel of liquidations -> events: one instrument's forced orders a row, of all
// instruments of a kind.

#include <vector>

#include "collector/venues/event_builder.hpp"
#include "collector/venues/json/cursor.hpp"
#include "collector/venues/symbol_table.hpp"

namespace mp::collector::okx {

class LiquidationReader {
  public:
    explicit LiquidationReader(const SymbolTable& symbols);

    // A message begins.
    void Begin() noexcept { seen_.clear(); }
    // Selects the row's instrument in `out`; kNoInstrument, and no events, where nobody asked for
    // it.
    ParseError Read(json::Cursor& cursor, EventBuilder& out, InstrumentId& instrument) noexcept;

  private:
    struct Order {
        InstrumentId instrument;
        Nanos time;
        model::Liquidation body;

        friend bool operator==(const Order&, const Order&) = default;
    };

    ParseError ReadOrder(json::Cursor& cursor, EventBuilder& out) noexcept;

    const SymbolTable& symbols_;
    std::vector<Order> seen_;  // of this message: equal ones are told apart by their number
};

}  // namespace mp::collector::okx
