#include "registry/instance.hpp"

#include "reliability/key_value.hpp"

namespace mp::registry {

std::string_view CanonicalService(std::string_view name) {
    return name == "api-gateway" ? kGateway : name;
}

Instance SelfOf(const config::ServiceConfig& service, uint16_t http_port, uint16_t grpc_port) {
    Instance self;
    self.set_service(service.name);
    self.set_instance(service.instance);
    self.set_host(service.advertise_host);
    self.set_http_port(http_port);
    self.set_grpc_port(grpc_port);
    self.set_version(service.version);
    self.set_zone(service.zone);
    return self;
}

std::string InstanceKey(std::string_view service, std::string_view instance) {
    const auto token = [](std::string_view text) {
        const bool plain =
            text.find('.') == std::string_view::npos && reliability::CheckKey(text).ok();
        return plain ? std::string(text) : reliability::KeyToken(text);
    };
    return token(CanonicalService(service)) + "." + token(instance);
}

}  // namespace mp::registry
