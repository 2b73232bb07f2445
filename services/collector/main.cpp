#include <boost/asio/io_context.hpp>

#include "bus/connection.hpp"
#include "collector/collector.hpp"
#include "collector/collector_service.hpp"
#include "collector/config.hpp"
#include "config/startup.hpp"
#include "rpc/call_metrics.hpp"
#include "rpc/server.hpp"
#include "runtime/all_of.hpp"
#include "runtime/first_of.hpp"
#include "runtime/heap.hpp"
#include "runtime/run.hpp"
#include "runtime/signals.hpp"
#include "telemetry/logging.hpp"
#include "telemetry/process_metrics.hpp"
#include "telemetry/reload.hpp"
#include "telemetry/server.hpp"
#include "telemetry/startup.hpp"
#include "tls/credentials.hpp"
#include "tls/http.hpp"

namespace {

using namespace mp;

constexpr char kService[] = "collector";

// Asked to stop: goes on until other collectors have taken over.
Task<Status> Stop(collector::Collector& service) {
    const Status asked = co_await runtime::ShutdownSignal();
    co_await service.HandOver();
    co_return asked;
}

// Runs until something fails or the process is asked to stop; the collector drains by itself.
Task<Status> Serve(
    collector::Collector& service,
    registry::Instance self,
    Task<Status> reloads,
    telemetry::Server& http,
    rpc::Server& grpc
) {
    co_return co_await runtime::FirstOf(
        runtime::AllOf(service.Run(std::move(self), std::move(reloads)), http.Run(), grpc.Run()),
        Stop(service)
    );
}

void Report(const collector::SpoolRecovery& recovery) {
    const telemetry::Logger log{kService};
    if (recovery.records > 0) {
        log.Info("the spool holds unacknowledged batches", {{"batches", recovery.records}});
    }
    for (const std::string& note : recovery.notes) log.Warn("spool repaired", {{"what", note}});
}

}  // namespace

int main(int argc, char* argv[]) {
    runtime::KeepHeapFlat();
    const auto startup = config::Start<collector::CollectorConfig>(
        argc, argv, collector::CollectorProgram(), collector::ReadConfig
    );
    if (startup.exit_code) return *startup.exit_code;
    const collector::CollectorConfig& config = startup.config;
    telemetry::SetupLogging(config.service);
    asio::io_context io{1};

    // Metrics and health, up before anything that can fail.
    telemetry::MetricRegistry registry;
    telemetry::ProcessMetrics process{registry, config.service.name, config.service.version};
    telemetry::Health health{
        {.service = config.service.name,
         .instance = config.service.instance,
         .version = config.service.version}};
    tls::Credentials tls{config.tls, registry};
    auto http = telemetry::Server::Listen(
        io.get_executor(),
        config.service.http.host,
        config.service.http.port,
        registry,
        health,
        tls::HttpServerTls(tls)
    );
    if (!http.ok()) return telemetry::CannotStart(kService, http.status());

    // Where events go: the spool first, then the bus.
    collector::SpoolRecovery recovery;
    auto spool = collector::Spool::Open(
        {.directory = config.spool.path,
         .max_bytes = config.spool.max_bytes,
         .segment_bytes = config.spool.segment_bytes},
        recovery
    );
    if (!spool.ok()) return telemetry::CannotStart(kService, spool.status());
    Report(recovery);
    bus::Connection bus{io.get_executor(), config.bus.connection, &tls};

    // Where they come from, and what watches over them.
    collector::CollectorMetrics metrics{registry};
    collector::Collector service{io.get_executor(), config, bus, **spool, metrics, health};

    // What can be asked and told at run time.
    rpc::Dispatcher dispatcher{io.get_executor()};
    const rpc::CallMetrics call_metrics{registry, dispatcher};
    collector::CollectorService face{
        dispatcher, service.feeds().all(), service.history_output(), service.shared_changes()};
    auto grpc = rpc::Server::Start(
        {.host = config.service.grpc.host, .port = config.service.grpc.port, .tls = &tls},
        dispatcher,
        {rpc::Serve<collector::pb::CollectorService>(face)}
    );
    if (!grpc.ok()) return telemetry::CannotStart(kService, grpc.status());
    (*grpc)->SetServing(true);
    health.SetGrpcPort((*grpc)->port());
    telemetry::Logger(kService).Info(
        "listening", {{"http_port", http->port()}, {"grpc_port", (*grpc)->port()}}
    );

    return runtime::Run(
        io,
        Serve(
            service,
            registry::SelfOf(config.service, http->port(), (*grpc)->port()),
            runtime::AllOf(
                telemetry::FollowReloads<collector::CollectorConfig>(
                    startup,
                    [&service](const collector::CollectorConfig& fresh) {
                        service.feeds().Follow(fresh);
                    }
                ),
                tls.Run()
            ),
            *http,
            **grpc
        )
    );
}
