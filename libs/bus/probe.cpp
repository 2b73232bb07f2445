#include "bus/probe.hpp"

#include <string>

#include "bus/detail/connection_impl.hpp"
#include "bus/detail/servers.hpp"

namespace mp::bus {
namespace {

runtime::Task<Status> Ask(const Connection& bus) {
    const ConnectionState& state = bus.state();
    if (state.connected) co_return OkStatus();
    std::string why = state.error.empty() ? "not connected" : state.error;
    const std::string refused = bus.impl().tls->WhyRefused();
    if (why.find(refused) == std::string::npos) why += refused;
    why += " (" + detail::ServersOf(bus.impl().config.url) + ")";
    co_return absl::UnavailableError(why);
}

}  // namespace

telemetry::Health::Dependency Probe(const Connection& bus) {
    return [&bus] { return Ask(bus); };
}

}  // namespace mp::bus
