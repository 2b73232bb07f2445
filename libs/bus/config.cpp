#include "bus/config.hpp"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>
#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstdint>
#include <netinet/in.h>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace mp::bus {
namespace {

bool IsPort(std::string_view text) {
    uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, port);
    return read.ec == std::errc() && read.ptr == end && port > 0;
}

// A name, an IPv4 address, or an IPv6 address in brackets.
bool IsHost(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) {
        in6_addr address;
        const std::string inner(text.substr(1, text.size() - 2));
        return inet_pton(AF_INET6, inner.c_str(), &address) == 1;
    }
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
    });
}

bool IsServer(std::string_view url) {
    const size_t scheme = url.find("://");
    const bool has_scheme = scheme != std::string_view::npos;
    if (has_scheme) {
        if (url.substr(0, scheme) != "nats" && url.substr(0, scheme) != "tls") return false;
        url.remove_prefix(scheme + 3);
    }
    if (const size_t at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
    const size_t colon = url.rfind(':');
    const bool has_port = colon != std::string_view::npos && !url.ends_with(']');
    if (!has_port) return has_scheme && IsHost(url);
    return IsHost(url.substr(0, colon)) && IsPort(url.substr(colon + 1));
}

std::optional<std::string> CanRead(const std::string& file) {
    if (file.empty() || access(file.c_str(), R_OK) == 0) return std::nullopt;
    return "cannot read " + file;
}

}  // namespace

std::optional<std::string> CheckUrl(const std::string& urls) {
    std::vector<std::string> servers = absl::StrSplit(urls, ',', absl::SkipWhitespace());
    const bool good = std::all_of(servers.begin(), servers.end(), [](std::string& server) {
        absl::StripAsciiWhitespace(&server);
        return IsServer(server);
    });
    if (good && !servers.empty()) return std::nullopt;
    return "must be nats://host:port or tls://host:port, or several, separated by commas";
}

void Read(config::Reader& section, ConnectionConfig* connection, int* replicas) {
    section.Get("url", &connection->url, CheckUrl);
    section.Get("user", &connection->user);
    section.GetSecret("password", &connection->password);
    section.GetSecret("token", &connection->token);
    section.Get("credentials_file", &connection->credentials_file, CanRead);
    section.Get("replicas", replicas, config::Between(1, 5));
}

}  // namespace mp::bus
