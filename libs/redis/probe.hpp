#pragma once
// What /health shows of Redis. It is an optimisation: let it inform, not degrade.

#include "redis/connection.hpp"
#include "telemetry/health.hpp"

namespace mp::redis {

// Unavailable, with the reason, while there is no connection. `redis` outlives it.
telemetry::Health::Dependency Probe(const Connection& redis);

}  // namespace mp::redis
