#include "registry/instance.hpp"

#include <algorithm>
#include <random>
#include <unistd.h>

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

std::string MakeInstanceName() {
    char host[256] = {};
    gethostname(host, sizeof(host) - 1);
    std::string name(host[0] == '\0' ? "host" : host);
    name += "-" + std::to_string(getpid()) + "-";
    std::random_device random;
    for (int i = 0; i < 4; ++i) name += "0123456789abcdef"[random() % 16];
    return name;
}

}  // namespace mp::registry
