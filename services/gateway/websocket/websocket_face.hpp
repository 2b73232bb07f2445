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
// One io_context thread; `live` outlives every connection.

#include "gateway/live/live.hpp"
#include "net/http_message.hpp"
#include "net/router.hpp"
#include "net/websocket.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

class WebSocketFace {
  public:
    explicit WebSocketFace(Live& live, const Clock& clock = DefaultClock())
        : live_(live), clock_(clock) {}

    // Adds /api/v1/stream.
    void Mount(net::Router& router);

  private:
    Task<> Serve(net::WebSocket& socket, const net::HttpRequest& request);

    Live& live_;
    const Clock& clock_;
};

}  // namespace mp::gateway
