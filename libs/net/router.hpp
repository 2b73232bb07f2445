#pragma once
// Which handler answers which path. Filled once at start, then only read.
//
// A pattern is a path whose segments are texts or {names}: "/api/v1/tasks/{id}/cancel". A text wins
// over a {name} at the same place. GET routes answer HEAD too. An unknown path is a 404, a known
// path with another method a 405 with Allow; OPTIONS on a known path is 204 with Allow unless
// routed.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/http_message.hpp"
#include "net/websocket.hpp"
#include "runtime/task.hpp"

namespace mp::net {

// Handlers run on the server's executor. The request lives until the returned task has ended. A
// handler stored as a lambda must not itself be a coroutine with captures: let it return the task
// of a member function.
using HttpHandler = std::function<Task<HttpResponse>(const HttpRequest&)>;
// Runs after the upgrade; the connection is closed when the task ends.
using WebSocketHandler = std::function<Task<>(WebSocket&, const HttpRequest&)>;
// Around every handler, the 404 and the 405 included (request.route is empty there): may answer by
// itself or co_await next(request) and change what comes back. For an upgrade it decides before the
// 101 is sent: `next` gives a response with status 101; any other status refuses.
using HttpFilter = std::function<Task<HttpResponse>(const HttpRequest&, const HttpHandler& next)>;

class Router {
  public:
    Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;
    ~Router();

    // Aborts on a malformed pattern or a second handler for the same method and pattern.
    void Handle(HttpMethod method, std::string_view pattern, HttpHandler handler);
    void Get(std::string_view pattern, HttpHandler handler);
    void Post(std::string_view pattern, HttpHandler handler);
    void HandleWebSocket(std::string_view pattern, WebSocketHandler handler);
    // Filters nest: the first one added is the outermost.
    void Use(HttpFilter filter);

    // Answers `request`, whose route and params it fills in. What the server calls; tests may too.
    Task<HttpResponse> Dispatch(HttpRequest& request) const;
    // What runs after Dispatch() answered 101; null where the path has no WebSocket.
    const WebSocketHandler* FindWebSocket(std::string_view path) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace mp::net
