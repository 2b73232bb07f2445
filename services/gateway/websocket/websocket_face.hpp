#pragma once
// WebSocket: live subscriptions as JSON frames.
//
//   client  {"op":"subscribe","id":"1","series":[{"exchange","market","symbol","data_type"}],
//            "mode":"disconnect"|"conflate","from":<time>|"token":<text>}
//           {"op":"unsubscribe","id":"1"}
//   server  {"type":"ack","id","op"}   {"type":"live","id"}: history is done
//           {"type":"event","id","token","data":{...}}: of a subscription to more than 16 series
//           only the last event of a burst has a token
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
#include "telemetry/metric_registry.hpp"

namespace mp::gateway {

struct WebSocketConfig {
    size_t max_connections = 768;                       // beyond it a new one is closed with 1013
    Duration ping_every = std::chrono::seconds(30);     // a silent one; cut at the second in vain
    Duration write_timeout = std::chrono::seconds(10);  // of a client that takes nothing
};

class WebSocketFace {
  public:
    WebSocketFace(
        Live& live,
        History& history,
        const Callers& callers,
        Limits& limits,
        WebSocketConfig config,
        telemetry::MetricRegistry& metrics,
        const Clock& clock = DefaultClock()
    );

    // Adds /api/v1/stream.
    void Mount(net::Router& router);

  private:
    Task<> Serve(net::WebSocket& socket, const net::HttpRequest& request);

    Live& live_;
    History& history_;
    const Callers& callers_;
    Limits& limits_;
    const WebSocketConfig config_;
    const Clock& clock_;
    size_t open_ = 0;
    telemetry::Counter undecodable_;  // events that no frame could be made of
};

}  // namespace mp::gateway
