#pragma once
// Both sides of the opening handshake (RFC 6455 section 4, RFC 7692 section 7.1): pure text.

#include <string>
#include <string_view>

#include "base/status.hpp"
#include "net/http_message.hpp"
#include "net/url.hpp"

namespace mp::net {

// 16 random bytes in base64.
std::string MakeWebSocketKey();
// What a server answers to `key`.
std::string WebSocketAccept(std::string_view key);

// The client's request, blank line included.
std::string UpgradeRequest(
    const Url& url, std::string_view key, bool offer_deflate, const HttpHeaders& headers
);

// What the server agreed to.
struct UpgradeAgreement {
    bool deflate = false;
    bool server_keeps_context = true;  // its compression window spans messages
};

// Whether a 101 with these headers is a valid answer to `key`. FailedPrecondition says what is
// wrong.
Result<UpgradeAgreement> CheckUpgradeResponse(
    const HttpHeaders& headers, std::string_view key, bool offered_deflate
);

// Whether a request asks properly for a WebSocket. FailedPrecondition says what is missing.
Status CheckUpgradeRequest(const HttpRequest& request);

// The server's 101, blank line included, with `extra` headers.
std::string UpgradeResponse(const HttpRequest& request, const HttpHeaders& extra);

}  // namespace mp::net
