#pragma once
// What may change while the gateway runs.

#include <functional>

#include "base/status.hpp"
#include "gateway/config.hpp"
#include "gateway/guard/limits.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

// At every SIGHUP: log level and limits as the files have them then. A wrong configuration is
// refused, and the old one stays. `limits` outlives it.
Task<Status> FollowReloads(std::function<Result<Config>()> reload, Limits& limits);

}  // namespace mp::gateway
