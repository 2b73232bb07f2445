#include <boost/asio/io_context.hpp>

#include "bus/dead_letter.hpp"
#include "config/startup.hpp"
#include "rpc/server.hpp"
#include "runtime/all_of.hpp"
#include "runtime/first_of.hpp"
#include "runtime/run.hpp"
#include "storage/grpc/storage_face.hpp"
#include "storage/ingest/dead_letter_relay.hpp"
#include "storage/storage.hpp"
#include "telemetry/logging.hpp"
#include "telemetry/metric_registry.hpp"
#include "telemetry/process_metrics.hpp"
#include "telemetry/server.hpp"

namespace {

using namespace mp;

const telemetry::Logger kLog{"storage"};

// Serves until something fails or the process is asked to stop.
Task<Status> Serve(
    storage::Storage& service,
    telemetry::Server& http,
    rpc::Server& grpc,
    std::function<Result<storage::Config>()> reload
) {
    co_return co_await runtime::FirstOf(
        runtime::AllOf(
            service.Run(), http.Run(), grpc.Run(), service.FollowReloads(std::move(reload))
        ),
        service.UntilShutdown()
    );
}

int Fail(const Status& status) {
    kLog.Critical("cannot start", {{"reason", status}});
    return 1;
}

registry::Instance Self(const storage::Config& config, uint16_t http_port, uint16_t grpc_port) {
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
    const auto startup =
        config::Start<storage::Config>(argc, argv, storage::StorageProgram(), storage::ReadConfig);
    if (startup.exit_code) return *startup.exit_code;
    const storage::Config& config = startup.config;
    telemetry::SetupLogging(
        telemetry::ParseLogLevel(config.service.log_level).value(),
        telemetry::ParseLogFormat(config.service.log_format).value()
    );
    asio::io_context io{1};

    // Metrics and health, up before anything that takes long.
    telemetry::MetricRegistry registry;
    const telemetry::ProcessMetrics process{registry, config.service.name, MP_VERSION};
    telemetry::Health health{{.service = config.service.name, .instance = config.service.instance}};
    auto http = telemetry::Server::Listen(
        io.get_executor(), config.service.http.host, config.service.http.port, registry, health
    );
    if (!http.ok()) return Fail(http.status());

    // Where events are kept.
    const storage::StorageMetrics metrics{registry};
    storage::RocksConfig rocksdb = config.rocksdb;
    rocksdb.on_warning = [](std::string_view line) { kLog.Warn("rocksdb", {{"line", line}}); };
    auto engine = storage::OpenRocksEngine(rocksdb);
    if (!engine.ok()) return Fail(engine.status());
    if (!(*engine)->recovery().empty()) {
        kLog.Warn("the store's log ended in damage", {{"recovery", (*engine)->recovery()}});
        metrics.Recovered();
    }

    // Where they come from.
    bus::Connection bus{io.get_executor(), config.bus};
    bus::DeadLetters letters{bus, {}};
    storage::DeadLetterRelay relay{io.get_executor(), letters};
    runtime::BlockingPool blocking{"storage-io", 1, 64};
    storage::Ingest ingest{
        **engine,
        metrics,
        [&relay](std::string reason, std::string_view bytes, std::string_view subject) {
            relay.Put(std::move(reason), bytes, subject);
        }};
    storage::Consumption consumption{bus, **engine, ingest, blocking, metrics, config.stream};

    // Who asks for them.
    runtime::BlockingPool readers{"storage-query", config.query_threads, config.query_queue};
    storage::CallMetrics call_metrics{registry};
    rpc::Dispatcher dispatcher{io.get_executor()};
    dispatcher.set_observer(&call_metrics);
    storage::StorageFace face{
        dispatcher,
        readers,
        **engine,
        {**engine, DefaultClock(), [&ingest] { return ingest.settled(); }},
        [&] {
            return storage::StreamProgress{consumption.floor(), consumption.incarnation()};
        }};
    auto grpc = rpc::Server::Start(
        {.host = config.service.grpc.host,
         .port = config.service.grpc.port,
         .drain_timeout = config.service.drain_timeout},
        dispatcher,
        {rpc::Serve<storage::pb::StorageService>(face)}
    );
    if (!grpc.ok()) return Fail(grpc.status());
    health.SetGrpcPort((*grpc)->port());

    // What works on tasks, and the service's life.
    bus::KvBucket registry_bucket{bus, "registry"};
    bus::KvBucket results_bucket{bus, "results"};
    storage::RetentionTask retention{**engine, blocking, config.retention};
    tasks::WorkerPool workers{
        bus,
        results_bucket,
        letters,
        {.name = config.service.instance,
         .min_workers = config.min_workers,
         .max_workers = config.max_workers}};
    storage::Storage service{
        config,
        {bus, **engine, consumption, retention, workers, **grpc, health},
        registry_bucket,
        Self(config, http->port(), (*grpc)->port())};
    return runtime::Run(io, Serve(service, *http, **grpc, [&] { return startup.Reload(); }));
}
