#pragma once
// What Deribit's channels carry -> events. The cursor stands before the value and is left behind
// it.

#include "collector/venues/deribit/streams.hpp"
#include "collector/venues/event_builder.hpp"
#include "collector/venues/json/cursor.hpp"

namespace mp::collector::deribit {

// One trade, and the liquidation that it was, where it is marked as one.
ParseError ReadTrade(json::Cursor& cursor, EventBuilder& out) noexcept;
ParseError ReadQuote(json::Cursor& cursor, EventBuilder& out) noexcept;
// Four series: ticker, mark price, open interest, and funding where there is one.
ParseError ReadTicker(json::Cursor& cursor, EventBuilder& out) noexcept;
ParseError ReadBar(json::Cursor& cursor, const Bar& bar, EventBuilder& out) noexcept;

}  // namespace mp::collector::deribit
