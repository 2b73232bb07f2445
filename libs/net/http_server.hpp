#pragma once
// HTTP/1.1 and WebSocket server: the one HTTP port of a service.
//
// Listen() binds, Run() serves until it is cancelled and then stops gracefully: no new connections,
// idle ones closed, WebSocket handlers cancelled (their clients see 1001), requests in flight
// finished within `drain_timeout`. All on the given executor (one thread). Requests that are not
// HTTP are answered 400, too large a header 431, too large a body 413, too slow a request 408, one
// connection too many 503; each is counted.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/status.hpp"
#include "net/http_message.hpp"
#include "net/router.hpp"
#include "net/tls.hpp"
#include "runtime/task.hpp"

namespace mp::net {

struct HttpServerOptions {
    std::string host = "127.0.0.1";  // an address: 0.0.0.0 or :: for all interfaces
    uint16_t port = 0;               // 0: any free one, see port()
    size_t max_connections = 1024;
    size_t max_header_bytes = 16u << 10;
    size_t max_body_bytes = 1u << 20;
    std::chrono::nanoseconds idle_timeout = std::chrono::seconds{60};    // between requests
    std::chrono::nanoseconds header_timeout = std::chrono::seconds{10};  // first byte to blank line
    std::chrono::nanoseconds body_timeout = std::chrono::seconds{30};    // blank line to last byte
    std::chrono::nanoseconds write_timeout = std::chrono::seconds{30};   // for each write
    std::chrono::nanoseconds handler_timeout = std::chrono::seconds{30};  // HttpRequest::deadline
    std::chrono::nanoseconds drain_timeout = std::chrono::seconds{5};
    size_t max_websocket_message_bytes = 1u << 20;
    std::optional<TlsContext> tls;  // MakeServer(); plain HTTP where absent
    // Makes the body of errors that no handler saw (400, 408, 413, 431, 503); ErrorResponse() where
    // absent. Runs on the server's executor.
    std::function<HttpResponse(int status, std::string_view message)> protocol_error;
};

struct HttpServerStats {
    uint64_t connections_accepted = 0;
    uint64_t connections_open = 0;
    uint64_t connections_refused = 0;  // above max_connections
    uint64_t requests = 0;
    uint64_t protocol_errors = 0;   // 400, 408, 413, 431
    uint64_t handler_failures = 0;  // handlers that threw: 500
    uint64_t tls_failures = 0;      // handshakes: no certificate, a foreign one, or no TLS at all
    uint64_t websockets_open = 0;
};

class HttpServer {
  public:
    // The error names host and port, and says what a port in use means.
    static Result<HttpServer> Listen(Executor executor, HttpServerOptions options, Router router);
    HttpServer(HttpServer&&) noexcept;
    HttpServer& operator=(HttpServer&&) noexcept;
    ~HttpServer();

    // Ends by cancellation only.
    Task<Status> Run();

    uint16_t port() const;
    const HttpServerStats& stats() const;

  private:
    struct Impl;
    explicit HttpServer(std::shared_ptr<Impl> impl);

    std::shared_ptr<Impl> impl_;  // shared with connections, which may outlive a stopped server
};

}  // namespace mp::net
