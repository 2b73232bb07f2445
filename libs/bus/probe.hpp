#pragma once
// What /health asks of the broker.

#include "bus/connection.hpp"
#include "telemetry/health.hpp"

namespace mp::bus {

// Unavailable, with the reason, while there is no connection. `bus` outlives it.
telemetry::Health::Dependency Probe(const Connection& bus);

}  // namespace mp::bus
