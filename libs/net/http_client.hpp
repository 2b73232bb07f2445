#pragma once
// HTTP/1.1 client with pooled keep-alive connections per origin (scheme, host, port).
//
// Executor: the one given; not thread-safe, any number of Send() at once. Redirects are not
// followed, bodies are not decompressed (no Accept-Encoding is sent).

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "net/http_headers.hpp"
#include "net/http_message.hpp"
#include "net/tls.hpp"
#include "runtime/task.hpp"

namespace mp::net {

struct HttpClientOptions {
    size_t max_connections_per_origin = 8;  // further requests wait for one, within their deadline
    std::chrono::nanoseconds idle_timeout =
        std::chrono::seconds{30};  // then a pooled one is closed
    size_t max_body_bytes = 64u << 20;
    size_t max_header_bytes = 64u << 10;
    std::string user_agent = "marketprism";
    std::optional<TlsContext> tls;  // for https; made from the system's CAs where absent
};

struct HttpClientRequest {
    HttpMethod method = HttpMethod::kGet;
    std::string url;
    HttpHeaders headers;
    std::string body;
};

struct HttpClientResponse {
    int status = 0;
    HttpHeaders headers;
    std::string body;
};

class HttpClient {
  public:
    HttpClient(Executor executor, HttpClientOptions options = {});
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    // No Send() may be under way.
    ~HttpClient();

    // Any answer is OK, whatever its status. Errors: INVALID_ARGUMENT (URL), UNAVAILABLE (no
    // connection, cut in the middle), RESOURCE_EXHAUSTED (body or header above the limit), INTERNAL
    // (not HTTP), DEADLINE_EXCEEDED; the message names the origin. A request that fails on a pooled
    // connection before any byte of an answer is sent again once, on a new connection, unless its
    // method is POST or PATCH.
    Task<Result<HttpClientResponse>> Send(HttpClientRequest request, Deadline deadline);

    size_t open_connections() const;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;  // its timer holds it weakly
};

}  // namespace mp::net
