#pragma once
// For primitives that must await the end of what they started even when they are cancelled. Not for
// direct use; services use Finally.

#include <functional>

#include "runtime/condition.hpp"
#include "runtime/task.hpp"

namespace mp::runtime::detail {

// Waits on `changed` until `done()`. At the first sign of cancellation, also one that came before
// the call, runs `on_cancel` once and waits on. Returns whether the task was cancelled; the caller
// throws.
Task<bool> AwaitEnd(
    Condition& changed, std::function<bool()> done, std::function<void()> on_cancel
);

}  // namespace mp::runtime::detail
