#pragma once
// Suspends a task for a time; the thread goes on. For pauses that the design wants (backoff,
// periods), never as a substitute for waiting on a condition.

#include "base/deadline.hpp"
#include "base/duration.hpp"
#include "runtime/task.hpp"

namespace mp::runtime {

Task<> Sleep(Duration duration);
Task<> SleepUntil(Deadline deadline);

// Lets other ready work of this thread run first: for long loops that would otherwise starve it.
Task<> Yield();

}  // namespace mp::runtime
