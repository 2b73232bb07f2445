#include "config/service_config.hpp"

#include <array>
#include <random>
#include <unistd.h>

namespace mp::config {
namespace {

std::string HostName() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    return name.data();
}

// Process 1 is a container's only one, so its number tells nothing.
const std::string& DefaultInstance() {
    static const std::string instance = [] {
        const pid_t pid = getpid();
        const auto number = pid == 1 ? std::random_device{}() : static_cast<unsigned>(pid);
        return HostName() + "-" + std::to_string(number);
    }();
    return instance;
}

bool IsWildcard(const std::string& host) {
    return host == "0.0.0.0" || host == "::";
}

void Read(Reader section, ListenConfig* config) {
    section.Get("host", &config->host, NotEmpty());
    section.Get("port", &config->port);
}

}  // namespace

void Read(Reader& root, ServiceConfig* config) {
    Reader service = root.Section("service");
    service.Get("name", &config->name, NotEmpty());
    if (config->instance.empty()) config->instance = DefaultInstance();
    service.Get("instance", &config->instance, NotEmpty());

    Read(root.Section("http"), &config->http);
    Read(root.Section("grpc"), &config->grpc);
    config->advertise_host = IsWildcard(config->grpc.host) ? HostName() : config->grpc.host;
    service.Get("advertise_host", &config->advertise_host, NotEmpty());
    service.Get("zone", &config->zone);

    const OneOf levels{"debug", "info", "warn", "error", "critical", "off"};
    root.Get("log.level", &config->log_level, levels);
    root.Get("log.format", &config->log_format, OneOf{"auto", "json", "text"});
    root.Get(
        "shutdown.drain_timeout",
        &config->drain_timeout,
        Between(std::chrono::seconds(1), std::chrono::hours(1))
    );
}

}  // namespace mp::config
