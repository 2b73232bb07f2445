#pragma once
// Pieces of the queries that the engine asks. Pure.

#include <span>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "model/instrument.hpp"
#include "storage/engine.hpp"

namespace mp::storage::clickhouse {

// A quoted text of any bytes.
std::string Literal(std::string_view text);

std::string IsInstrument(const model::Instrument& instrument);
// Both ends inclusive.
std::string IsBetween(Nanos from, Nanos to);
// Keys greater (forward) or smaller (backward) than `key`, which may be cut short or made longer.
std::string IsBehind(std::string_view key, Direction direction);

// The rows that count under a condition on order_ts and the series: of every key the last version,
// unless that says that the event is gone. In order. `columns` is a list.
std::string CountingRows(
    model::DataType type, std::string_view columns, std::string_view condition, Direction direction
);

// As above for several instruments at once; their names come first, as one text each, as
// model::InstrumentKey has them.
std::string CountingRowsOfMany(
    model::DataType type, std::string_view columns, std::string_view condition
);

}  // namespace mp::storage::clickhouse
