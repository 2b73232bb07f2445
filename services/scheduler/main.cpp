#include <boost/asio/io_context.hpp>

#include "bus/connection.hpp"
#include "config/startup.hpp"
#include "registry/directory.hpp"
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
#include "scheduler/tasks/gap_repair_task.hpp"
#include "scheduler/tasks/peers.hpp"
#include "scheduler/tasks/poll_task.hpp"
#include "telemetry/logging.hpp"
#include "telemetry/process_metrics.hpp"
#include "telemetry/reload.hpp"
#include "telemetry/server.hpp"

namespace {

using namespace mp;
using Startup = config::Startup<scheduler::Config>;

int Fail(const Status& status) {
    telemetry::Logger("scheduler").Critical("cannot start", {{"reason", status}});
    return 1;
}

registry::Instance Self(const config::ServiceConfig& service, uint16_t http, uint16_t grpc) {
    registry::Instance self;
    self.set_service(service.name);
    self.set_instance(service.instance);
    self.set_host(service.advertise_host);
    self.set_http_port(http);
    self.set_grpc_port(grpc);
    self.set_version(MP_VERSION);
    self.set_zone(service.zone);
    return self;
}

Task<Status> ProbeBus(const bus::Connection& bus) {
    const bus::ConnectionState& state = bus.state();
    if (state.connected) co_return OkStatus();
    co_return absl::UnavailableError(state.error.empty() ? "not connected" : state.error);
}

// Who lives, once the bucket that says so is there.
Task<Status> FollowRegistry(registry::Directory& directory, runtime::Event& ready) {
    co_await ready.Wait();
    co_await directory.Run();
    co_return OkStatus();
}

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
    const Startup startup = config::Start<scheduler::Config>(
        argc, argv, scheduler::SchedulerProgram(), scheduler::ReadConfig
    );
    if (startup.exit_code) return *startup.exit_code;
    const scheduler::Config& config = startup.config;
    telemetry::SetupLogging(
        telemetry::ParseLogLevel(config.service.log_level).value(),
        telemetry::ParseLogFormat(config.service.log_format).value()
    );
    asio::io_context io{1};

    telemetry::MetricRegistry metrics;
    const telemetry::ProcessMetrics process{metrics, config.service.name, MP_VERSION};
    telemetry::Health health{{.service = config.service.name, .instance = config.service.instance}};

    // Jobs and tasks, all of it kept on the bus.
    bus::Connection bus{io.get_executor(), config.bus};
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
    registry::Directory directory{
        buckets.registry, {.reachable = [&bus] { return bus.state().connected; }}};
    scheduler::Peers peers{directory, dispatcher};
    scheduler::PollTask interest{peers, scheduler::pb::DATA_TYPE_OPEN_INTEREST};
    scheduler::PollTask funding{peers, scheduler::pb::DATA_TYPE_FUNDING_RATE};
    scheduler::GapRepairTask repair{peers};
    worker.Handle("open_interest", [&](tasks::TaskContext& task) { return interest.Run(task); });
    worker.Handle("funding_rates", [&](tasks::TaskContext& task) { return funding.Run(task); });
    worker.Handle("gap_repair", [&](tasks::TaskContext& task) { return repair.Run(task); });

    // The two ports.
    health.AddDependency("nats", [&bus] { return ProbeBus(bus); });
    health.AddCheck("jobs_known", [&table] { return table.synced(); });
    auto http = telemetry::Server::Listen(
        io.get_executor(), config.service.http.host, config.service.http.port, metrics, health
    );
    if (!http.ok()) return Fail(http.status());
    const rpc::CallMetrics call_metrics{metrics, dispatcher};
    scheduler::GrpcFace face{dispatcher, table, firing, queue, buckets.locks};
    rpc::ServerOptions options;
    options.host = config.service.grpc.host;
    options.port = config.service.grpc.port;
    options.drain_timeout = config.service.drain_timeout / 2;
    auto grpc = rpc::Server::Start(
        options, dispatcher, {rpc::Serve<scheduler::pb::SchedulerService>(face)}
    );
    if (!grpc.ok()) return Fail(grpc.status());
    health.SetGrpcPort((*grpc)->port());

    // How others find them.
    registry::Registration registration{
        buckets.registry,
        Self(config.service, http->port(), (*grpc)->port()),
        {},
        {[&worker] { return worker.load(); },
         [&table] { return std::string(table.synced() ? "healthy" : "unhealthy"); }}};
    scheduler::Presence presence{bus, registration, **grpc, health};

    telemetry::Logger("scheduler")
        .Info(
            "started, connecting to the broker",
            {{"version", MP_VERSION},
             {"instance", config.service.instance},
             {"http_port", http->port()},
             {"grpc_port", (*grpc)->port()}}
        );

    auto work = runtime::AllOf(
        scheduler.Run(jobs_metrics),
        presence.Run(scheduler.ready()),
        FollowRegistry(directory, scheduler.ready()),
        telemetry::FollowReloads<scheduler::Config>(
            startup, [&table](const scheduler::Config& fresh) { table.Configure(fresh.jobs); }
        )
    );
    return runtime::Run(
        io,
        runtime::Finally(
            Serve(std::move(work), *http, **grpc, presence),
            presence.Leave(config.service.drain_timeout / 4)
        )
    );
}
