#include <boost/asio/io_context.hpp>

#include "bus/connection.hpp"
#include "bus/dead_letter.hpp"
#include "bus/dead_letter_metrics.hpp"
#include "bus/kv_bucket.hpp"
#include "config/startup.hpp"
#include "gateway/config.hpp"
#include "gateway/gateway.hpp"
#include "gateway/grpc/grpc_face.hpp"
#include "gateway/guard/answer_filter.hpp"
#include "gateway/guard/call_metrics.hpp"
#include "gateway/guard/idempotency_filter.hpp"
#include "gateway/live/fanout.hpp"
#include "gateway/live/live.hpp"
#include "gateway/live/position.hpp"
#include "gateway/query/control.hpp"
#include "gateway/query/history.hpp"
#include "gateway/query/instruments.hpp"
#include "gateway/query/latest_quotes.hpp"
#include "gateway/rest/answer_cache.hpp"
#include "gateway/rest/rest_face.hpp"
#include "gateway/tasks/cache_warmup.hpp"
#include "gateway/upstream/url_upstreams.hpp"
#include "gateway/websocket/websocket_face.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "registry/directory.hpp"
#include "reliability/metrics.hpp"
#include "rpc/server.hpp"
#include "runtime/all_of.hpp"
#include "runtime/first_of.hpp"
#include "runtime/heap.hpp"
#include "runtime/run.hpp"
#include "runtime/signals.hpp"
#include "tasks/pool_metrics.hpp"
#include "telemetry/health.hpp"
#include "telemetry/http_metrics.hpp"
#include "telemetry/logging.hpp"
#include "telemetry/metric_registry.hpp"
#include "telemetry/process_metrics.hpp"
#include "telemetry/reload.hpp"
#include "telemetry/routes.hpp"

namespace {

using namespace mp;

// Before anything is cut off, nobody is sent here any more and subscribers are told to leave.
Task<Status> UntilAskedToStop(gateway::Gateway& gateway, gateway::Live& live) {
    const Status asked = co_await runtime::ShutdownSignal();
    live.End();
    co_await gateway.StopTaking();
    co_return asked;
}

// Serves until something fails or the process is asked to stop.
Task<Status> Serve(
    gateway::Gateway& gateway,
    gateway::Callers& callers,
    gateway::AnswerCache& cache,
    gateway::UrlUpstreams& by_url,
    Task<Status> warmup,
    net::HttpServer& http,
    rpc::Server& grpc,
    gateway::Live& live,
    Task<Status> reloads
) {
    co_return co_await runtime::FirstOf(
        runtime::AllOf(
            gateway.Run(),
            callers.Run(),
            cache.Run(),
            by_url.Run(),
            std::move(warmup),
            http.Run(),
            grpc.Run(),
            std::move(reloads)
        ),
        UntilAskedToStop(gateway, live)
    );
}

int Fail(const Status& status) {
    telemetry::Logger("gateway").Critical("cannot start", {{"reason", status}});
    return 1;
}

registry::Instance Self(const gateway::Config& config, uint16_t http_port, uint16_t grpc_port) {
    registry::Instance self;
    self.set_service(config.service.name);
    self.set_instance(config.service.instance);
    self.set_host(config.service.advertise_host);
    self.set_http_port(http_port);
    self.set_grpc_port(grpc_port);
    self.set_version(MP_VERSION);
    self.set_zone(config.service.zone);
    return self;
}

}  // namespace

int main(int argc, char* argv[]) {
    runtime::KeepHeapFlat();
    const auto startup =
        config::Start<gateway::Config>(argc, argv, gateway::GatewayProgram(), gateway::ReadConfig);
    if (startup.exit_code) return *startup.exit_code;
    const gateway::Config& config = startup.config;
    telemetry::SetupLogging(
        telemetry::ParseLogLevel(config.service.log_level).value(),
        telemetry::ParseLogFormat(config.service.log_format).value()
    );
    asio::io_context io{1};

    telemetry::MetricRegistry metrics;
    const telemetry::ProcessMetrics process{metrics, config.service.name, MP_VERSION};
    telemetry::Health health{{.service = config.service.name, .instance = config.service.instance}};

    // Other services, as the registry lists them.
    bus::Connection bus{io.get_executor(), config.bus};
    bus::KvBucket registry_bucket{bus, "registry"};
    registry::Directory directory{registry_bucket, {}};
    rpc::Dispatcher dispatcher{io.get_executor()};
    net::HttpClient http_client{io.get_executor()};
    gateway::UrlUpstreams by_url{http_client, directory, gateway::NamedByUrl(config)};
    gateway::StorageUpstream storage{
        registry::kStorage, config.upstream, dispatcher, directory, metrics};
    gateway::SchedulerUpstream scheduler{
        registry::kScheduler, config.upstream, dispatcher, directory, metrics};
    gateway::CollectorUpstream collector{
        registry::kCollector, config.upstream, dispatcher, directory, metrics};

    // What can be asked, whatever the face.
    gateway::Instruments instruments{gateway::ListFrom(storage)};
    const gateway::LatestQuotes quotes{bus, instruments, directory};
    gateway::History history{storage, instruments, quotes};
    gateway::Control control{scheduler, collector};
    gateway::Fanout fanout{io.get_executor(), bus, metrics};
    const auto token_key = gateway::TokenKey(config);
    if (!token_key.ok()) return Fail(token_key.status());
    const gateway::TokenSigner signer{*token_key};
    gateway::Live live{config.live, fanout, history, signer, metrics};

    // Who may ask, and how much.
    gateway::Callers callers{config.callers};
    gateway::Limits limits{config.limits};
    const auto limits_readings = reliability::Expose(metrics, "requests", limits.limiter());
    gateway::AnswerFilter answers{callers, limits, metrics};
    bus::KvBucket idempotency_bucket{bus, "idempotency"};
    reliability::IdempotencyStore idempotency{idempotency_bucket};
    const auto idempotency_readings = reliability::Expose(metrics, "requests", idempotency);
    gateway::IdempotencyFilter once{idempotency, callers};

    // The faces.
    gateway::AnswerCache cache{io.get_executor(), config.cache, metrics};
    gateway::RestFace rest{history, control, directory, cache, config.request_timeout};
    net::Router router;
    router.Use(answers.AsFilter());
    router.Use(once.AsFilter());
    telemetry::MountTelemetry(router, metrics, health);
    rest.Mount(router);
    gateway::WebSocketFace websocket{live, callers, limits, config.websocket, metrics};
    websocket.Mount(router);
    auto http = net::HttpServer::Listen(
        io.get_executor(),
        {.host = config.service.http.host,
         .port = config.service.http.port,
         .handler_timeout = config.request_timeout,
         .drain_timeout = config.service.drain_timeout,
         .protocol_error = [&answers](
                               int status, std::string_view message
                           ) { return answers.ProtocolError(status, message); }},
        std::move(router)
    );
    if (!http.ok()) return Fail(http.status());
    const telemetry::HttpMetrics http_metrics{metrics, *http};
    gateway::CallMetrics calls{metrics, dispatcher};
    const gateway::GrpcFace::Timeouts timeouts{config.request_timeout, config.write_timeout};
    gateway::GrpcFace face{dispatcher, history, live, callers, limits, timeouts};
    auto grpc = rpc::Server::Start(
        {.host = config.service.grpc.host,
         .port = config.service.grpc.port,
         .drain_timeout = config.service.drain_timeout},
        dispatcher,
        {rpc::Serve<gateway::pb::MarketDataService>(face)}
    );
    if (!grpc.ok()) return Fail(grpc.status());
    // Not before both ports are had: it may make the first key.
    if (const Status opened = callers.Open(DefaultClock().Now()); !opened.ok()) return Fail(opened);
    health.SetGrpcPort((*grpc)->port());
    health.AddDependency("nats", gateway::ProbeBus(bus));
    health.AddDependency(
        "storage",
        gateway::ProbeService(directory, registry::kStorage),
        telemetry::Severity::kDegrading
    );

    // Queued work that this service can do.
    bus::KvBucket results_bucket{bus, "results"};
    bus::DeadLetters letters{bus, {}};
    tasks::WorkerPool workers{bus, results_bucket, letters, {.name = config.service.instance}};
    gateway::CacheWarmup warmup{history, rest};
    workers.Handle("cache_warmup", [&warmup](tasks::TaskContext& task) {
        return warmup.Run(task);
    });

    const tasks::PoolMetrics pool_metrics{metrics, workers};
    const bus::DeadLetterMetrics letter_metrics{metrics, letters};

    gateway::Gateway service{
        config,
        bus,
        registry_bucket,
        directory,
        Self(config, http->port(), (*grpc)->port()),
        workers,
        letters,
        **grpc,
        health};
    auto reloads = telemetry::FollowReloads<gateway::Config>(
        startup, [&limits](const gateway::Config& fresh) { limits.Set(fresh.limits); }
    );
    return runtime::Run(
        io,
        Serve(
            service,
            callers,
            cache,
            by_url,
            warmup.AtStart(directory),
            *http,
            **grpc,
            live,
            std::move(reloads)
        )
    );
}
