#pragma once
// Trades out of their stored events.

#include <memory>

#include "storage/engine.hpp"

namespace mp::storage {

// Decodes the rows of `events`.
std::unique_ptr<TradeCursor> DecodeTrades(std::unique_ptr<Cursor> events);

}  // namespace mp::storage
