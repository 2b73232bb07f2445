#include <boost/asio/io_context.hpp>

#include "bus/connection.hpp"
#include "bus/probe.hpp"
#include "config/startup.hpp"
#include "registry/registration.hpp"
#include "reliability/metrics.hpp"
#include "rpc/call_metrics.hpp"
#include "rpc/server.hpp"
#include "runtime/all_of.hpp"
#include "runtime/finally.hpp"
#include "runtime/first_of.hpp"
#include "runtime/heap.hpp"
#include "runtime/run.hpp"
#include "runtime/signals.hpp"
#include "scheduler/grpc_face.hpp"
#include "scheduler/presence.hpp"
#include "scheduler/scheduler.hpp"
#include "scheduler/tasks/peer_tasks.hpp"
#include "telemetry/logging.hpp"
#include "telemetry/process_metrics.hpp"
#include "telemetry/reload.hpp"
#include "telemetry/server.hpp"
#include "telemetry/startup.hpp"
#include "tls/credentials.hpp"
#include "tls/http.hpp"

namespace {

using namespace mp;

constexpr char kService[] = "scheduler";

Task<Status> Serve(
    Task<Status> work, telemetry::Server& http, rpc::Server& grpc, scheduler::Presence& presence
) {
    co_return co_await runtime::FirstOf(
        runtime::AllOf(std::move(work), http.Run(), grpc.Run()), presence.UntilStopped()
    );
}

}  // namespace

int main(int argc, char* argv[]) {
    runtime::KeepHeapFlat();
    const auto startup = config::Start<scheduler::Config>(
        argc, argv, scheduler::SchedulerProgram(), scheduler::ReadConfig
    );
    if (startup.exit_code) return *startup.exit_code;
    const scheduler::Config& config = startup.config;
    telemetry::SetupLogging(config.service);
    asio::io_context io{1};

    telemetry::MetricRegistry metrics;
    const telemetry::ProcessMetrics process{metrics, config.service.name, config.service.version};
    telemetry::Health health{
        {.service = config.service.name,
         .instance = config.service.instance,
         .version = config.service.version}};

    tls::Credentials tls{config.tls, metrics};

    // Jobs and tasks, all of it kept on the bus.
    bus::Connection bus{io.get_executor(), config.bus, &tls};
    scheduler::Buckets buckets{bus};
    tasks::TaskQueue queue{bus, buckets.results};
    scheduler::JobsMetrics jobs_metrics{metrics};
    scheduler::JobTable table{buckets.jobs};
    table.Configure(config.jobs);
    scheduler::Firing firing{table, buckets.decisions, queue, jobs_metrics};
    scheduler::Leader leader{table, firing, config.firing};
    scheduler::RecoveryWorker worker{bus, buckets.results, config, metrics};
    scheduler::Scheduler scheduler{config, bus, buckets, table, leader, worker};
    const auto lock_readings =
        reliability::Expose(metrics, scheduler::kLeaderLock, scheduler.lock());

    // What collectors and stores are asked for.
    rpc::Dispatcher dispatcher{io.get_executor()};
    scheduler::PeerTasks peer_tasks{
        bus, buckets.registry, dispatcher, metrics, tls, config.service};
    peer_tasks.AddTo(worker);

    // The two ports.
    health.AddDependency("nats", bus::Probe(bus));
    health.AddCheck("jobs_known", [&table] { return table.synced(); });
    auto http = telemetry::Server::Listen(
        io.get_executor(),
        config.service.http.host,
        config.service.http.port,
        metrics,
        health,
        tls::HttpServerTls(tls)
    );
    if (!http.ok()) return telemetry::CannotStart(kService, http.status());
    const rpc::CallMetrics call_metrics{metrics, dispatcher};
    scheduler::GrpcFace face{dispatcher, table, firing, queue, buckets.locks};
    rpc::ServerOptions options;
    options.host = config.service.grpc.host;
    options.port = config.service.grpc.port;
    options.drain_timeout = config.service.drain_timeout / 2;
    options.tls = &tls;
    auto grpc = rpc::Server::Start(
        options, dispatcher, {rpc::Serve<scheduler::pb::SchedulerService>(face)}
    );
    if (!grpc.ok()) return telemetry::CannotStart(kService, grpc.status());
    health.SetGrpcPort((*grpc)->port());

    // How others find them.
    registry::Registration registration{
        buckets.registry,
        registry::SelfOf(config.service, http->port(), (*grpc)->port()),
        {},
        {[&worker] { return worker.load(); },
         [&table] { return std::string(table.synced() ? "healthy" : "unhealthy"); }}};
    scheduler::Presence presence{bus, registration, **grpc, health};

    telemetry::Logger(kService).Info(
        "started, connecting to the broker",
        {{"version", config.service.version},
         {"instance", config.service.instance},
         {"http_port", http->port()},
         {"grpc_port", (*grpc)->port()}}
    );

    auto work = runtime::AllOf(
        scheduler.Run(jobs_metrics),
        presence.Run(scheduler.ready()),
        peer_tasks.Run(scheduler.ready()),
        telemetry::FollowReloads<scheduler::Config>(
            startup, [&table](const scheduler::Config& fresh) { table.Configure(fresh.jobs); }
        ),
        tls.Run()
    );
    return runtime::Run(
        io,
        runtime::Finally(
            Serve(std::move(work), *http, **grpc, presence),
            presence.Leave(config.service.drain_timeout / 4)
        )
    );
}
