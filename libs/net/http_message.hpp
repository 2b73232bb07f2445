#pragma once
// Requests as the server hands them to handlers, and the answers. Plain values; tests build them by
// hand.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "net/http_headers.hpp"
#include "runtime/task.hpp"

namespace mp::net {

enum class HttpMethod : uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };

std::string_view ToString(HttpMethod method);
HttpMethod ParseHttpMethod(std::string_view name);

struct HttpRequest {
    HttpMethod method = HttpMethod::kGet;
    std::string target = "/";  // as received: path and query, still percent-encoded
    HttpHeaders headers;
    std::string body;
    std::string peer;                                               // "127.0.0.1:54321"
    Deadline deadline = Deadline::After(std::chrono::seconds{30});  // the handler's; hand it down

    // Set by the router: the pattern that matched (empty: none) and what its {names} stood for,
    // decoded. `route` views the router's own text.
    std::string_view route;
    std::vector<std::pair<std::string_view, std::string>> params;

    std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
    std::string_view query() const;
    // What {name} stood for; empty where the pattern has no such name.
    std::string_view Param(std::string_view name) const;
};

// The pieces of a streamed body, pulled one at a time, so that the client's speed is the source's.
class BodySource {
  public:
    virtual ~BodySource() = default;
    // Appends the next piece to `out`; false: that was the end (out may still hold a last piece).
    // An error cuts the connection, which tells the client that the body is incomplete. Destroyed
    // without reaching the end when the client goes away.
    virtual Task<Result<bool>> Next(std::string& out) = 0;
};

struct HttpResponse {
    int status = 200;
    HttpHeaders headers;  // Content-Length, Connection, Date and Transfer-Encoding are the server's
    std::string body;
    // Instead of `body`: one immutable text for many answers (a cache entry), sent without a copy.
    std::shared_ptr<const std::string> shared_body;
    // Instead of both: streamed with chunked encoding.
    std::unique_ptr<BodySource> stream;
};

HttpResponse MakeResponse(int status, std::string_view content_type, std::string body);
HttpResponse JsonResponse(int status, std::string json);
// {"error":{"code":"NOT_FOUND","message":"...","details":{}}}, the shape of every error of the API.
HttpResponse ErrorResponse(int status, std::string_view code, std::string_view message);
// The code of an error that a server finds by itself: 413 -> "PAYLOAD_TOO_LARGE".
std::string_view ErrorCodeName(int status);
// The reason phrase, "Not Found"; "Unknown" for numbers without one.
std::string_view ReasonPhrase(int status);

}  // namespace mp::net
