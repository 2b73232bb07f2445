#pragma once
// The lines that this library logs by itself; everything else is for its callers to log.

#include <string_view>

#include "base/status.hpp"

namespace mp::reliability {

void LogCircuitChange(
    std::string_view name, std::string_view from, std::string_view to, int failures
);

// Throttled: a cold upstream makes every key stale at once.
void LogCacheStale(std::string_view cache, std::string_view key);
void LogCacheLoadFailed(std::string_view cache, std::string_view key, const Status& status);

}  // namespace mp::reliability
