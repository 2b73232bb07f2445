#pragma once
// The rule for events with one identity, the same on every engine: the one received first stands,
// repeats vanish, and one with another body is a conflict that never replaces what stands
// (event.proto, IDENTITY). Derived snapshots of a book are never a conflict. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "storage/append_batch.hpp"
#include "storage/engine.hpp"

namespace mp::storage {

// The event that stands under an identity while a group of equal ones is looked at. Views into the
// batch, or into what was read from the store.
struct Standing {
    std::string_view event;
    std::string_view key;
    Nanos received_ts = 0;
    bool changed = false;  // it is of this batch
};

// Whether two events of one identity cannot both be right: other bodies, unless they are derived
// snapshots.
bool Contradict(std::string_view event, std::string_view standing);

// What becomes of the batch's entry; it may become what stands.
Verdict Judge(const AppendBatch& batch, uint32_t entry, std::optional<Standing>& standing);

}  // namespace mp::storage
