#pragma once
// WebSocket: live subscriptions as JSON frames.
//
//   client  {"op":"subscribe","id":"1","series":[{"exchange","market","symbol","data_type"}],
//            "mode":"disconnect"|"conflate","from":<time>|"token":<text>}
//           {"op":"unsubscribe","id":"1"}
//   server  {"type":"ack","id","op"}   {"type":"live","id"}: history is done
//           {"type":"event","id","token","data":{...}}
//           {"type":"gap","id","exchange","market","symbol","data_type","from","to","state","reason"
//            [,"missing"]}
//           {"type":"lagged","id","count"}   {"type":"error","id","code","message"[,"token"]}
//
// Every frame of a client counts as a request against its limits. One io_context thread; what is
// referenced outlives every connection.

#include "gateway/guard/caller.hpp"
#include "gateway/guard/limits.hpp"
#include "gateway/live/live.hpp"
#include "net/http_message.hpp"
#include "net/router.hpp"
#include "net/websocket.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

class WebSocketFace {
  public:
    WebSocketFace(
        Live& live, const Callers& callers, Limits& limits, const Clock& clock = DefaultClock()
    )
        : live_(live), callers_(callers), limits_(limits), clock_(clock) {}

    // Adds /api/v1/stream.
    void Mount(net::Router& router);

  private:
    Task<> Serve(net::WebSocket& socket, const net::HttpRequest& request);

    Live& live_;
    const Callers& callers_;
    Limits& limits_;
    const Clock& clock_;
};

}  // namespace mp::gateway
