#pragma once
// How a piece waits between two attempts. Production sleeps on the io_context; a test passes one
// that moves its ManualClock on instead.

#include <functional>

#include "base/duration.hpp"
#include "runtime/task.hpp"

namespace mp::reliability {

using Pause = std::function<Task<>(Duration)>;

// Sleeps on the io_context of whoever awaits it; cancellation ends it.
Pause TimerPause();

}  // namespace mp::reliability
