#include "bus/probe.hpp"

namespace mp::bus {
namespace {

runtime::Task<Status> Ask(const Connection& bus) {
    const ConnectionState& state = bus.state();
    if (state.connected) co_return OkStatus();
    co_return absl::UnavailableError(state.error.empty() ? "not connected" : state.error);
}

}  // namespace

telemetry::Health::Dependency Probe(const Connection& bus) {
    return [&bus] { return Ask(bus); };
}

}  // namespace mp::bus
