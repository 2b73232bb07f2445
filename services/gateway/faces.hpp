#pragma once
// The two ports and what is offered there: REST, WebSocket, health and metrics on the one, gRPC on
// the other. One io_context thread; everything referenced outlives it.

#include <cstdint>
#include <memory>
#include <optional>

#include "gateway/config.hpp"
#include "gateway/grpc/grpc_face.hpp"
#include "gateway/guard/call_metrics.hpp"
#include "gateway/guard/guard.hpp"
#include "gateway/live/live.hpp"
#include "gateway/query/control.hpp"
#include "gateway/query/history.hpp"
#include "gateway/query/instrument_changes.hpp"
#include "gateway/rest/answer_cache.hpp"
#include "gateway/rest/rest_face.hpp"
#include "gateway/upstream/upstreams.hpp"
#include "gateway/websocket/websocket_face.hpp"
#include "net/http_server.hpp"
#include "rpc/server.hpp"
#include "runtime/task.hpp"
#include "telemetry/health.hpp"
#include "telemetry/http_metrics.hpp"
#include "telemetry/metric_registry.hpp"
#include "tls/credentials.hpp"

namespace mp::gateway {

class Faces {
  public:
    // What clients ask for, whatever the face.
    struct Offer {
        History& history;
        Control& control;
        Live& live;
        SharedAnswers* shared;  // null: answers are not shared with other gateways
        const InstrumentChanges& changes;
    };

    Faces(
        Executor executor,
        const Config& config,
        Offer offer,
        Upstreams& upstreams,
        Guard& guard,
        telemetry::MetricRegistry& metrics
    );

    // Takes both ports; nobody is answered before Run. Once. `tls` outlives the faces.
    Status Listen(telemetry::Health& health, tls::Credentials& tls);
    // Serves until cancelled, then drains.
    Task<Status> Run();

    RestFace& rest() { return rest_; }
    // After Listen.
    rpc::Server& grpc() { return *grpc_; }
    uint16_t http_port() const { return http_->port(); }

  private:
    Status ListenHttp(const telemetry::Health& health, tls::Credentials& tls);
    Status ListenGrpc(const tls::Credentials& tls);

    const Executor executor_;
    const Config& config_;
    Guard& guard_;
    rpc::Dispatcher& dispatcher_;
    telemetry::MetricRegistry& metrics_;
    AnswerCache cache_;
    RestFace rest_;
    WebSocketFace websocket_;
    CallMetrics calls_;
    GrpcFace face_;
    std::optional<net::HttpServer> http_;
    std::optional<telemetry::HttpMetrics> http_metrics_;
    std::unique_ptr<rpc::Server> grpc_;
};

}  // namespace mp::gateway
