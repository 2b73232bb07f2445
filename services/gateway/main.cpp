#include <boost/asio/io_context.hpp>

#include "bus/connection.hpp"
#include "bus/probe.hpp"
#include "config/startup.hpp"
#include "gateway/config.hpp"
#include "gateway/faces.hpp"
#include "gateway/gateway.hpp"
#include "gateway/guard/guard.hpp"
#include "gateway/live/fanout.hpp"
#include "gateway/live/live.hpp"
#include "gateway/live/position.hpp"
#include "gateway/query/control.hpp"
#include "gateway/query/history.hpp"
#include "gateway/query/instrument_changes.hpp"
#include "gateway/query/instruments.hpp"
#include "gateway/query/latest_quotes.hpp"
#include "gateway/shared/shared.hpp"
#include "gateway/tasks/queued_work.hpp"
#include "gateway/upstream/upstreams.hpp"
#include "runtime/all_of.hpp"
#include "runtime/first_of.hpp"
#include "runtime/heap.hpp"
#include "runtime/run.hpp"
#include "runtime/signals.hpp"
#include "telemetry/health.hpp"
#include "telemetry/metric_registry.hpp"
#include "telemetry/process_metrics.hpp"
#include "telemetry/reload.hpp"
#include "telemetry/startup.hpp"
#include "tls/credentials.hpp"

namespace {

using namespace mp;

constexpr char kService[] = "gateway";

// Before anything is cut off, nobody is sent here any more and subscribers are told to leave.
Task<Status> UntilAskedToStop(gateway::Gateway& gateway, gateway::Live& live) {
    const Status asked = co_await runtime::ShutdownSignal();
    live.End();
    co_await gateway.StopTaking();
    co_return asked;
}

// Serves until something fails or the process is asked to stop.
Task<Status> Serve(
    gateway::Gateway& gateway, gateway::Live& live, gateway::Faces& faces, Task<Status> beside
) {
    co_return co_await runtime::FirstOf(
        runtime::AllOf(gateway.Run(), faces.Run(), std::move(beside)),
        UntilAskedToStop(gateway, live)
    );
}

}  // namespace

int main(int argc, char* argv[]) {
    runtime::KeepHeapFlat();
    const auto startup =
        config::Start<gateway::Config>(argc, argv, gateway::GatewayProgram(), gateway::ReadConfig);
    if (startup.exit_code) return *startup.exit_code;
    const gateway::Config& config = startup.config;
    telemetry::SetupLogging(config.service);
    asio::io_context io{1};
    telemetry::MetricRegistry metrics;
    const telemetry::ProcessMetrics process{metrics, config.service.name, config.service.version};
    telemetry::Health health{
        {.service = config.service.name,
         .instance = config.service.instance,
         .version = config.service.version}};

    // Who is asked.
    tls::Credentials tls{config.tls, metrics};
    bus::Connection bus{io.get_executor(), config.bus, &tls};
    gateway::Upstreams upstreams{io.get_executor(), config, bus, metrics, tls};
    health.AddDependency("nats", bus::Probe(bus), telemetry::Severity::kDegrading);
    health.AddDependency(
        "storage",
        gateway::ProbeService(upstreams.directory, registry::kStorage),
        telemetry::Severity::kDegrading
    );

    // What can be asked for, whatever the face.
    gateway::Instruments instruments{gateway::ListFrom(upstreams.storage)};
    const gateway::LatestQuotes quotes{bus, instruments, upstreams.directory};
    const gateway::InstrumentChanges changes{bus};
    gateway::History history{upstreams.storage, instruments, quotes};
    gateway::Control control{upstreams.scheduler, upstreams.collector};
    gateway::Fanout fanout{io.get_executor(), bus, metrics};
    const auto token_key = gateway::TokenKey(config);
    if (!token_key.ok()) return telemetry::CannotStart(kService, token_key.status());
    const gateway::TokenSigner signer{*token_key};
    gateway::Live live{config.live, fanout, history, signer, metrics};

    // Who may ask, and where.
    gateway::Guard guard{config.callers, config.limits, bus, metrics};
    gateway::Shared shared{
        io.get_executor(), config.shared, guard.limits().limiter(), metrics, tls};
    shared.AddTo(health);
    gateway::Faces faces{
        io.get_executor(),
        config,
        {history, control, live, shared.answers(), changes},
        upstreams,
        guard,
        metrics};
    Status listening = faces.Listen(health, tls);
    if (listening.ok()) listening = guard.Open(DefaultClock().Now());
    if (!listening.ok()) return telemetry::CannotStart(kService, listening);

    gateway::QueuedWork work{bus, config.service.instance, history, faces.rest(), metrics};
    gateway::Gateway service{
        config,
        bus,
        upstreams,
        registry::SelfOf(config.service, faces.http_port(), faces.grpc().port()),
        work,
        faces.grpc(),
        health};
    auto reloads = telemetry::FollowReloads<gateway::Config>(
        startup, [&guard](const gateway::Config& fresh) { guard.limits().Set(fresh.limits); }
    );
    auto beside = runtime::AllOf(
        guard.Run(),
        shared.Run(),
        upstreams.by_url.Run(),
        work.AtStart(upstreams.directory),
        std::move(reloads),
        tls.Run()
    );
    return runtime::Run(io, Serve(service, live, faces, std::move(beside)));
}
