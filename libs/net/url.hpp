#pragma once
// URLs of the four schemes that the services speak, and percent-encoding.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.hpp"

namespace mp::net {

struct Url {
    std::string scheme;  // http | https | ws | wss
    std::string host;    // without the brackets of an IPv6 literal
    uint16_t port = 0;   // the scheme's default where the text has none
    std::string target;  // path and query, begins with '/'; the fragment is dropped

    bool secure() const { return scheme == "https" || scheme == "wss" || scheme == "rediss"; }
    bool websocket() const { return scheme == "ws" || scheme == "wss"; }
    // "host:port", brackets around IPv6: names the peer in messages and keys connection pools.
    std::string Authority() const;
    // The value of the Host header: the port only where it is not the scheme's default.
    std::string HostHeader() const;
};

// InvalidArgument names what is wrong. User info ("user@") is refused.
Result<Url> ParseUrl(std::string_view text);

// Undoes %XX; with `plus_is_space` also '+', as query strings use it. InvalidArgument at a broken
// escape.
Result<std::string> PercentDecode(std::string_view text, bool plus_is_space = false);

// Escapes everything but the unreserved characters of RFC 3986.
std::string PercentEncode(std::string_view text);

}  // namespace mp::net
