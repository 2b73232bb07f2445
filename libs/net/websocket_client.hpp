#pragma once
// Opens WebSocket connections to ws:// and wss:// URLs.

#include <optional>
#include <string>

#include "net/http_headers.hpp"
#include "net/tls.hpp"
#include "net/websocket.hpp"

namespace mp::net {

struct WebSocketClientOptions {
    HttpHeaders headers;                   // sent with the handshake, beside the mandatory ones
    bool deflate = true;                   // offer permessage-deflate; the server may decline
    size_t max_message_bytes = 16u << 20;  // after inflation
    std::optional<TlsContext> tls;         // for wss; made from the system's CAs where absent
};

// Resolves, connects, and shakes hands. Errors: INVALID_ARGUMENT (URL), UNAVAILABLE (name,
// connection, TLS; a 5xx), RESOURCE_EXHAUSTED (418, 429), PERMISSION_DENIED (401, 403),
// FAILED_PRECONDITION (any other refusal), DEADLINE_EXCEEDED; the message names host and port, and
// the HTTP status of a refusal.
Task<Result<WebSocket>> ConnectWebSocket(
    Executor executor, std::string url, WebSocketClientOptions options, Deadline deadline
);

}  // namespace mp::net
