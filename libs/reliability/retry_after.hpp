#pragma once
// "Not before": how an error says when another attempt makes sense. Breakers, limiters and clients
// of venues attach it, retries and HTTP answers (Retry-After) read it.

#include <optional>

#include "base/duration.hpp"
#include "base/status.hpp"

namespace mp::reliability {

// The same error carrying `wait`; OK stays OK.
Status WithRetryAfter(Status status, Duration wait);

std::optional<Duration> RetryAfterOf(const Status& status);

}  // namespace mp::reliability
