#include "config/service_config.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <netinet/in.h>
#include <optional>
#include <random>
#include <unistd.h>
#include <utility>

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

// It becomes a label of metrics and a column of tables.
std::optional<std::string> VersionText(const std::string& version) {
    const bool plain = std::all_of(version.begin(), version.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '+' ||
               c == '_';
    });
    if (plain && !version.empty() && version.size() <= 64) return std::nullopt;
    return "must be 1 to 64 letters, digits and .-+_";
}

// Of other names nobody knows how many addresses they have, nor when.
constexpr char kLocalhost[] = "localhost";

std::optional<std::string> CanListenAt(const std::string& host) {
    in6_addr address;  // the larger of the two
    if (host == kLocalhost || inet_pton(AF_INET, host.c_str(), &address) == 1 ||
        inet_pton(AF_INET6, host.c_str(), &address) == 1) {
        return std::nullopt;
    }
    return "must be an IP address (0.0.0.0: every interface) or localhost, got " + Render(host);
}

void Read(Reader section, ListenConfig* config) {
    section.Get("host", &config->host, CanListenAt);
    if (config->host == kLocalhost) config->host = "127.0.0.1";
    section.Get("port", &config->port);
}

// Under another's name it would be sent what the other is asked for.
void CheckName(Reader& service, std::string name, std::vector<std::string> aliases) {
    aliases.insert(aliases.begin(), name);
    service.Get("name", &name, OneOf(std::move(aliases)));
}

}  // namespace

void Read(Reader& root, ServiceConfig* config, std::vector<std::string> aliases) {
    Reader service = root.Section("service");
    CheckName(service, config->name, std::move(aliases));
    if (config->instance.empty()) config->instance = DefaultInstance();
    service.Get("instance", &config->instance, NotEmpty());

    Read(root.Section("http"), &config->http);
    Reader grpc = root.Section("grpc");
    Read(grpc, &config->grpc);
    if (config->grpc.port != 0 && config->grpc.port == config->http.port &&
        config->grpc.host == config->http.host) {
        grpc.Fail("port", "is also http.port");
    }
    config->advertise_host = IsWildcard(config->grpc.host) ? HostName() : config->grpc.host;
    service.Get("advertise_host", &config->advertise_host, NotEmpty());
    service.Get("zone", &config->zone);
    service.Get("version", &config->version, VersionText);

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
