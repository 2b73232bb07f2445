#include "gateway/guard/foreign_page.hpp"

#include <string>
#include <string_view>

#include "gateway/guard/caller.hpp"

namespace mp::gateway {
namespace {

// "[::1]:8000" -> "::1", "localhost:8000" -> "localhost".
std::string_view HostIn(std::string_view authority) {
    if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
    return authority.substr(0, authority.find(':'));
}

// "http://host:port" -> "host"; of "null" nothing.
std::string_view HostOfOrigin(std::string_view origin) {
    const size_t scheme = origin.find("://");
    return scheme == std::string_view::npos ? std::string_view()
                                            : HostIn(origin.substr(scheme + 3));
}

}  // namespace

Status CheckOrigin(const net::HttpRequest& request) {
    const auto origin = request.headers.Get("Origin");
    if (!origin) return OkStatus();
    const std::string_view page = HostOfOrigin(*origin);
    const std::string_view asked = HostIn(request.headers.Get("Host").value_or(""));
    if (IsLoopback(page) || (!page.empty() && net::EqualsIgnoreCase(page, asked))) {
        return OkStatus();
    }
    return absl::PermissionDeniedError(
        "a page of another host needs a key: Origin: " + std::string(*origin)
    );
}

Status CheckHost(const net::HttpRequest& request) {
    const auto host = request.headers.Get("Host");
    if (!host || IsLoopback(HostIn(*host))) return OkStatus();
    return absl::PermissionDeniedError(
        "without a key only localhost is answered, not Host: " + std::string(*host)
    );
}

bool SaysJson(const net::HttpRequest& request) {
    if (request.body.empty()) return true;
    std::string_view type = request.headers.Get("Content-Type").value_or("");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ')) type.remove_suffix(1);
    return net::EqualsIgnoreCase(type, "application/json");
}

}  // namespace mp::gateway
