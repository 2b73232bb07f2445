#pragma once
// What of a series retention may take so that what is kept can still be used.

#include "base/status.hpp"
#include "base/time.hpp"
#include "model/instrument.hpp"
#include "storage/engine.hpp"

namespace mp::storage {

// Events received before this instant may go; never later than `before`. A state (metadata, a
// snapshot of a book) holds until the next one, so the newest one before the cut stays; a book is
// a snapshot and the updates behind it, so those stay with it.
Result<Nanos> RetentionCut(const Engine& engine, const model::Series& series, Nanos before);

}  // namespace mp::storage
