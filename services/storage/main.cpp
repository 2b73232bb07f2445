#include <boost/asio/io_context.hpp>

#include "config/startup.hpp"
#include "rpc/call_metrics.hpp"
#include "rpc/server.hpp"
#include "runtime/all_of.hpp"
#include "runtime/first_of.hpp"
#include "runtime/heap.hpp"
#include "runtime/run.hpp"
#include "storage/grpc/storage_face.hpp"
#include "storage/inventory.hpp"
#include "storage/make_engine.hpp"
#include "storage/storage.hpp"
#include "storage/upkeep.hpp"
#include "telemetry/logging.hpp"
#include "telemetry/metric_registry.hpp"
#include "telemetry/process_metrics.hpp"
#include "telemetry/reload.hpp"
#include "telemetry/server.hpp"
#include "telemetry/startup.hpp"
#include "tls/credentials.hpp"
#include "tls/http.hpp"

namespace {

using namespace mp;

constexpr char kService[] = "storage";

// Serves until something fails or the service has stopped, as it does when asked to.
Task<Status> Serve(
    Task<Status> service,
    storage::Inventory& inventory,
    storage::Upkeep& upkeep,
    telemetry::Server& http,
    rpc::Server& grpc
) {
    co_return co_await runtime::FirstOf(
        std::move(service), runtime::AllOf(inventory.Run(), upkeep.Run(), http.Run(), grpc.Run())
    );
}

}  // namespace

int main(int argc, char* argv[]) {
    runtime::KeepHeapFlat();
    const auto startup =
        config::Start<storage::Config>(argc, argv, storage::StorageProgram(), storage::ReadConfig);
    if (startup.exit_code) return *startup.exit_code;
    const storage::Config& config = startup.config;
    telemetry::SetupLogging(config.service);
    telemetry::MetricRegistry registry;
    const storage::StorageMetrics metrics{registry};
    tls::Credentials tls{config.tls, registry};
    std::unique_ptr<storage::Engine> engine;  // outlives every task that holds a cursor
    asio::io_context io{1};

    // Metrics and health, up before anything that takes long.
    const telemetry::ProcessMetrics process{registry, config.service.name, config.service.version};
    telemetry::Health health{
        {.service = config.service.name,
         .instance = config.service.instance,
         .version = config.service.version}};
    auto http = telemetry::Server::Listen(
        io.get_executor(),
        config.service.http.host,
        config.service.http.port,
        registry,
        health,
        tls::HttpServerTls(tls)
    );
    if (!http.ok()) return telemetry::CannotStart(kService, http.status());

    // Where events are kept, and what fills it.
    auto opened = storage::MakeEngine(config, metrics, tls);
    if (!opened.ok()) return telemetry::CannotStart(kService, opened.status());
    engine = std::move(opened->engine);
    bus::Connection bus{io.get_executor(), config.bus, &tls};
    storage::Storage service{
        config, bus, *engine, opened->shared, registry, metrics, health, io.get_executor()};

    // Who asks for them.
    runtime::BlockingPool readers{"storage-query", config.query_threads, config.query_queue};
    storage::Inventory inventory{*engine, opened->shared, readers, metrics};
    storage::Upkeep upkeep{*engine, metrics};
    rpc::Dispatcher dispatcher{io.get_executor()};
    const rpc::CallMetrics call_metrics{registry, dispatcher};
    const storage::QueryCosts costs{config.query, registry};
    storage::StorageFace face{dispatcher, readers, *engine, service.reader(), costs};
    auto grpc = rpc::Server::Start(
        {.host = config.service.grpc.host,
         .port = config.service.grpc.port,
         .drain_timeout = config.service.drain_timeout,
         .tls = &tls},
        dispatcher,
        {rpc::Serve<storage::pb::StorageService>(face)}
    );
    if (!grpc.ok()) return telemetry::CannotStart(kService, grpc.status());
    health.SetGrpcPort((*grpc)->port());

    auto reloads = runtime::AllOf(
        telemetry::FollowReloads<storage::Config>(
            startup, [&service](const storage::Config& fresh) { service.Follow(fresh); }
        ),
        tls.Run()
    );
    auto running = service.Run(
        registry::SelfOf(config.service, http->port(), (*grpc)->port()), **grpc, std::move(reloads)
    );
    return runtime::Run(io, Serve(std::move(running), inventory, upkeep, *http, **grpc));
}
