#include "redis/config.hpp"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <algorithm>
#include <charconv>

#include "net/url.hpp"

namespace mp::redis {
namespace {

constexpr std::string_view kScheme = "redis://";
constexpr std::string_view kSecureScheme = "rediss://";
constexpr std::string_view kForm = "must be redis[s]://[user][:password]@host[:port][/database]";

template <typename Number>
bool ParseNumber(std::string_view text, Number& number) {
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    return read.ec == std::errc() && read.ptr == end;
}

bool IsHost(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
    });
}

bool IsIpv6(std::string_view text) {
    return text.find(':') != text.npos && std::all_of(text.begin(), text.end(), [](char c) {
               return absl::ascii_isxdigit(static_cast<unsigned char>(c)) || c == ':' || c == '.';
           });
}

Status Wrong(std::string_view what) {
    return absl::InvalidArgumentError(std::string(kForm).append(": ").append(what));
}

// "user:password", "user", ":password"
Status ReadUser(std::string_view text, Address& address) {
    const size_t colon = text.find(':');
    auto user = net::PercentDecode(text.substr(0, colon));
    auto password =
        net::PercentDecode(colon == text.npos ? std::string_view() : text.substr(colon + 1));
    if (!user.ok() || !password.ok()) return Wrong("a broken %XX before the @");
    address.user = *std::move(user);
    address.password = *std::move(password);
    return OkStatus();
}

// "host", "host:port", "[::1]:port"
Status ReadHost(std::string_view text, Address& address) {
    const bool bracketed = text.starts_with('[');
    const size_t end = bracketed ? text.find(']') : text.find(':');
    const std::string_view host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
    if (bracketed ? end == text.npos || !IsIpv6(host) : !IsHost(host)) return Wrong("the host");
    address.host = host;
    std::string_view rest = end == text.npos ? std::string_view() : text.substr(end + bracketed);
    if (rest.empty()) return OkStatus();
    if (rest.front() != ':') return Wrong("the host");
    rest.remove_prefix(1);
    if (!ParseNumber(rest, address.port) || address.port == 0) return Wrong("the port");
    return OkStatus();
}

}  // namespace

std::string Address::Name() const {
    const bool ipv6 = host.find(':') != host.npos;
    return absl::StrCat(ipv6 ? "[" : "", host, ipv6 ? "]:" : ":", port);
}

Result<Address> ParseUrl(std::string_view url) {
    Address address;
    address.secure = url.starts_with(kSecureScheme);
    const std::string_view scheme = address.secure ? kSecureScheme : kScheme;
    if (!url.starts_with(scheme)) return Wrong("the scheme");
    url.remove_prefix(scheme.size());
    if (url.find_first_of("?# \t\r\n") != url.npos)
        return Wrong("a character to be written as %XX");
    const size_t slash = url.find('/');
    std::string_view authority = url.substr(0, slash);
    if (const size_t at = authority.rfind('@'); at != authority.npos) {
        MP_RETURN_IF_ERROR(ReadUser(authority.substr(0, at), address));
        authority.remove_prefix(at + 1);
    }
    MP_RETURN_IF_ERROR(ReadHost(authority, address));
    const std::string_view database =
        slash == url.npos ? std::string_view() : url.substr(slash + 1);
    if (!database.empty() && !ParseNumber(database, address.database)) return Wrong("the database");
    return address;
}

void Read(config::Reader& section, ConnectionConfig* connection) {
    std::string url;
    std::string password;
    section.Get("url", &url);
    section.GetSecret("password", &password);
    if (url.empty()) {
        if (!password.empty()) section.Fail("password", "without redis.url");
        return;
    }
    auto address = ParseUrl(url);
    if (!address.ok()) return section.Fail("url", MessageOf(address.status()));
    if (!password.empty()) address->password = std::move(password);
    if (!address->user.empty() && address->password.empty()) {
        section.Fail("url", "names a user without a password (there or in redis.password)");
    }
    connection->address = *std::move(address);
}

}  // namespace mp::redis
