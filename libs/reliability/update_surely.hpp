#pragma once
// A compare-and-set whose outcome is known although answers get lost.

#include <cstdint>
#include <string>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "reliability/key_value.hpp"
#include "reliability/pause.hpp"
#include "runtime/task.hpp"

namespace mp::reliability {

// Whether a bucket's error leaves open if the write happened.
bool LeavesOpen(const Status& status);

// Replaces revision `expected` by `value`, again after errors that leave it open, until `deadline`.
// Finding exactly `value` in place of `expected` counts as done by an earlier attempt, so a value
// names its writer where two could write the same. Aborted: somebody else was there.
Task<Result<uint64_t>> UpdateSurely(
    KeyValue& bucket,
    std::string key,
    std::string value,
    uint64_t expected,
    Deadline deadline,
    Pause pause
);

}  // namespace mp::reliability
