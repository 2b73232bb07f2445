#include "registry/instance.hpp"

#include "reliability/key_value.hpp"

namespace mp::registry {

std::string_view CanonicalService(std::string_view name) {
    return name == "api-gateway" ? kGateway : name;
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
