#pragma once
// Rows of OKX's channel of liquidations -> events: one instrument's forced orders a row, of all
// instruments of a kind.

#include "collector/venues/event_builder.hpp"
#include "collector/venues/json/cursor.hpp"
#include "collector/venues/liquidation_ordinals.hpp"
#include "collector/venues/symbol_table.hpp"

namespace mp::collector::okx {

class LiquidationReader {
  public:
    explicit LiquidationReader(const SymbolTable& symbols) : symbols_(symbols) {}

    // A message begins.
    void Begin() noexcept { ordinals_.Begin(); }
    // Selects the row's instrument in `out`; kNoInstrument, and no events, where nobody asked for
    // it.
    ParseError Read(json::Cursor& cursor, EventBuilder& out, InstrumentId& instrument) noexcept;

  private:
    ParseError ReadOrder(json::Cursor& cursor, EventBuilder& out) noexcept;

    const SymbolTable& symbols_;
    LiquidationOrdinals ordinals_;
};

}  // namespace mp::collector::okx
