#pragma once
// The bytes before a response's body. Only libs/net uses it.

#include <cstdint>
#include <optional>
#include <string>

#include "net/http_message.hpp"

namespace mp::net {

struct ResponseFraming {
    // Absent with `chunked` unset: the body ends with the connection.
    std::optional<uint64_t> content_length;
    bool chunked = false;
    bool keep_alive = true;
    bool http_1_0 = false;
};

// Status line, framing, Date, the response's own headers, blank line. Headers that are the server's
// business are left out of the response's own.
void AppendResponseHead(
    const HttpResponse& response, const ResponseFraming& framing, std::string& out
);

// Whether answers with this status never have a body.
inline bool IsBodyless(int status) {
    return status < 200 || status == 204 || status == 304;
}

}  // namespace mp::net
