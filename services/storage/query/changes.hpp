#pragma once
// Reading a series of states (instrument metadata): every collector stores what it observed, and a
// state that only repeats the one before it is no event of its own (ADR 0002, 0062).

#include <memory>

#include "base/status.hpp"
#include "storage/engine.hpp"

namespace mp::storage {

// SeriesReader::Scan without the rows whose identity is that of their predecessor in the whole
// series, whether the range holds the predecessor or not. The engine outlives the cursor.
Result<std::unique_ptr<Cursor>> ScanChanges(
    const SeriesReader& engine, SeriesId series, const ScanRange& range
);

}  // namespace mp::storage
