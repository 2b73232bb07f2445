#include "redis/probe.hpp"

namespace mp::redis {
namespace {

Task<Status> Ask(const Connection& redis) {
    const ConnectionState& state = redis.state();
    if (state.connected) co_return OkStatus();
    co_return absl::UnavailableError(state.error);
}

}  // namespace

telemetry::Health::Dependency Probe(const Connection& redis) {
    return [&redis] { return Ask(redis); };
}

}  // namespace mp::redis
