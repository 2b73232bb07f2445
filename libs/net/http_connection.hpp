#pragma once
// One connection of the HTTP server, from accept to close. Only HttpServer makes them.

#include <memory>
#include <string>

#include <boost/asio/cancellation_signal.hpp>

#include "net/http_server.hpp"
#include "net/receive_buffer.hpp"
#include "net/request_parser.hpp"
#include "net/transport.hpp"

namespace mp::net {

// What the connections of one server share; the server keeps it alive as long as they are.
struct HttpServerShared {
    HttpServerOptions options;
    Router router;
    HttpServerStats stats;
    bool draining = false;
};

class HttpConnection {
  public:
    HttpConnection(HttpServerShared& server, asio::ip::tcp::socket socket);

    // Until the connection has ended. Cancelling cuts it; a WebSocket is closed with 1001 first.
    Task<> Run();
    // Answers 503 whatever comes, and closes.
    Task<> Refuse();

    // Whether draining may end it at once: no request is under way.
    bool interruptible() const { return interruptible_; }
    asio::cancellation_signal& cancel() { return cancel_; }

  private:
    enum class Next : uint8_t { kAnswer, kReject, kClose };

    Task<> Serve();
    // Reads until a request is complete. kReject: it is malformed, too large or too slow.
    Task<Next> ReadRequest();
    Task<Next> ReadMore();
    Deadline ReadDeadline();
    Task<HttpResponse> Answer();
    HttpResponse MakeError(int status, std::string_view message) const;
    Task<> Reject();
    Task<> RejectWith(int status, std::string_view message);

    // False: the connection is of no more use.
    Task<bool> Respond(HttpResponse response, bool keep_alive);
    Task<bool> RespondStream(HttpResponse& response, bool keep_alive);
    Task<bool> WriteChunk(const std::string& piece, bool chunked);
    Task<bool> Flush();

    Task<> RunWebSocket(const HttpResponse& response);

    HttpServerShared& server_;
    std::unique_ptr<Transport> transport_;  // a WebSocket takes it over
    ReceiveBuffer received_;
    RequestParser parser_;
    HttpRequest request_;
    std::string out_;  // answers not yet written
    bool interruptible_ = true;
    bool began_ = false;      // bytes of the request under way have come
    bool continued_ = false;  // 100 Continue was sent
    bool timed_out_ = false;
    Deadline header_deadline_;
    Deadline body_deadline_;
    asio::cancellation_signal cancel_;
};

}  // namespace mp::net
