#pragma once
// An event as users see it: exchange, market, symbol, data_type, the times, id, and the fields of
// its type. Absent fields are left out; decimals and ids are strings, times RFC 3339.

#include <span>

#include "model/event.hpp"
#include "rows/json_writer.hpp"

namespace mp::rows {

void WriteEvent(const model::Instrument& instrument, const model::Event& event, JsonWriter& json);

// Only the fields of the event's type, into an object that is open.
void WriteBody(const model::Event& event, JsonWriter& json);

// [["price","quantity"],...] of at most `depth` levels.
void WriteLevels(std::span<const model::Level> levels, size_t depth, JsonWriter& json);

}  // namespace mp::rows
