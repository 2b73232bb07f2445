#pragma once
// Rows of Bybit's channels -> events, one each. The cursor stands before the row and is left behind
// it. `sent`: the message's "ts".

#include "collector/venues/bybit/streams.hpp"
#include "collector/venues/event_builder.hpp"
#include "collector/venues/json/cursor.hpp"
#include "collector/venues/liquidation_ordinals.hpp"

namespace mp::collector::bybit {

ParseError ReadTrade(json::Cursor& cursor, Nanos sent, EventBuilder& out) noexcept;
ParseError ReadKline(json::Cursor& cursor, const Bar& bar, Nanos sent, EventBuilder& out) noexcept;
ParseError ReadLiquidation(
    json::Cursor& cursor, Nanos sent, LiquidationOrdinals& ordinals, EventBuilder& out
) noexcept;

}  // namespace mp::collector::bybit
