#include "gateway/faces.hpp"

#include <string_view>
#include <utility>

#include "runtime/all_of.hpp"
#include "telemetry/routes.hpp"
#include "tls/http.hpp"

namespace mp::gateway {

namespace {

AnswerCache::Unchanged UnchangedBy(const InstrumentChanges& changes) {
    return [&changes](const Arguments& arguments) {
        model::Instrument instrument;
        instrument.exchange = arguments.exchange;
        instrument.market = *arguments.market;
        instrument.symbol = arguments.symbol;
        return changes.Unchanged(instrument);
    };
}

}  // namespace

Faces::Faces(
    Executor executor,
    const Config& config,
    Offer offer,
    Upstreams& upstreams,
    Guard& guard,
    telemetry::MetricRegistry& metrics
)
    : executor_(std::move(executor)),
      config_(config),
      guard_(guard),
      dispatcher_(upstreams.dispatcher),
      metrics_(metrics),
      cache_(executor_, config.cache, offer.shared, UnchangedBy(offer.changes), metrics),
      rest_(
          offer.history,
          offer.control,
          upstreams.directory,
          cache_,
          guard.callers(),
          config.request_timeout
      ),
      websocket_(
          offer.live, offer.history, guard.callers(), guard.limits(), config.websocket, metrics
      ),
      calls_(metrics, dispatcher_),
      face_(
          dispatcher_,
          offer.history,
          offer.live,
          guard.callers(),
          guard.limits(),
          {config.request_timeout, config.write_timeout}
      ) {}

Status Faces::Listen(telemetry::Health& health, tls::Credentials& tls) {
    MP_RETURN_IF_ERROR(ListenHttp(health, tls));
    MP_RETURN_IF_ERROR(ListenGrpc(tls));
    health.SetGrpcPort(grpc_->port());
    return OkStatus();
}

Status Faces::ListenHttp(const telemetry::Health& health, tls::Credentials& tls) {
    net::Router router;
    guard_.Mount(router);
    telemetry::MountTelemetry(router, metrics_, health);
    rest_.Mount(router);
    websocket_.Mount(router);
    auto http = net::HttpServer::Listen(
        executor_,
        {.host = config_.service.http.host,
         .port = config_.service.http.port,
         .handler_timeout = config_.request_timeout,
         .drain_timeout = config_.service.drain_timeout,
         .tls = tls::HttpServerTls(tls),
         .protocol_error = [&answers = guard_.answers()](
                               int status, std::string_view message
                           ) { return answers.ProtocolError(status, message); }},
        std::move(router)
    );
    if (!http.ok()) return http.status();
    http_.emplace(*std::move(http));
    http_metrics_.emplace(metrics_, *http_);
    return OkStatus();
}

Status Faces::ListenGrpc(const tls::Credentials& tls) {
    auto grpc = rpc::Server::Start(
        {.host = config_.service.grpc.host,
         .port = config_.service.grpc.port,
         .drain_timeout = config_.service.drain_timeout,
         .tls = &tls},
        dispatcher_,
        {rpc::Serve<pb::MarketDataService>(face_)}
    );
    if (!grpc.ok()) return grpc.status();
    grpc_ = *std::move(grpc);
    return OkStatus();
}

Task<Status> Faces::Run() {
    co_return co_await runtime::AllOf(cache_.Run(), http_->Run(), grpc_->Run());
}

}  // namespace mp::gateway
