#pragma once
// Rows of OKX's channels -> events, one each. The cursor stands before the row and is left behind
// it.

#include "collector/venues/event_builder.hpp"
#include "collector/venues/json/cursor.hpp"
#include "collector/venues/okx/streams.hpp"

namespace mp::collector::okx {

ParseError ReadTrade(json::Cursor& cursor, model::TradeIdSpace space, EventBuilder& out) noexcept;
ParseError ReadTicker(json::Cursor& cursor, EventBuilder& out) noexcept;
ParseError ReadCandle(json::Cursor& cursor, const Bar& bar, EventBuilder& out) noexcept;
ParseError ReadFunding(json::Cursor& cursor, EventBuilder& out) noexcept;
ParseError ReadOpenInterest(json::Cursor& cursor, EventBuilder& out) noexcept;
ParseError ReadMarkPrice(json::Cursor& cursor, EventBuilder& out) noexcept;
ParseError ReadIndexPrice(json::Cursor& cursor, EventBuilder& out) noexcept;

}  // namespace mp::collector::okx
