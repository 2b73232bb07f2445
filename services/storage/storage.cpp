#include "storage/storage.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bus/probe.hpp"
#include "bus/provision.hpp"
#include "bus/topology.hpp"
#include "runtime/all_of.hpp"
#include "runtime/finally.hpp"
#include "runtime/first_of.hpp"
#include "runtime/signals.hpp"
#include "runtime/sleep.hpp"
#include "storage/ingest/consumption.hpp"
#include "storage/sharing/shared_consumption.hpp"
#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"storage"};

Task<Status> ReportEngine(const Engine& engine) {
    co_return engine.Health();
}

Task<Status> ReportReplicas(const Engine& engine) {
    co_return engine.Redundancy();
}

bool HasReplicas(const Engine& engine) {
    const std::vector<EndpointState> all = engine.Endpoints();
    return std::any_of(all.begin(), all.end(), [](const EndpointState& endpoint) {
        return endpoint.role == EndpointRole::kReplica;
    });
}

tasks::PoolConfig WorkersOf(const Config& config) {
    tasks::PoolConfig workers;
    workers.name = config.service.instance;
    workers.min_workers = config.min_workers;
    workers.max_workers = config.max_workers;
    return workers;
}

}  // namespace

Storage::Storage(
    const Config& config,
    bus::Connection& bus,
    Engine& engine,
    SharedEngine* shared,
    telemetry::MetricRegistry& registry,
    const StorageMetrics& metrics,
    telemetry::Health& health,
    const Executor& executor
)
    : config_(config),
      bus_(bus),
      engine_(engine),
      health_(health),
      letters_(bus, {}),
      relay_(executor, letters_),
      blocking_("storage-io", 1, 64),
      registry_bucket_(bus, "registry"),
      locks_bucket_(bus, "locks"),
      reader_(shared == nullptr ? ReadAlone(metrics) : ReadTogether(*shared, metrics)),
      results_bucket_(bus, "results"),
      retention_(engine, blocking_, config.retention),
      backup_(engine, config.backup, metrics),
      export_(
          {engine, DefaultClock(), [this] { return reader_->settled(); }}, config.exports, metrics
      ),
      shard_move_(engine, blocking_),
      workers_(bus, results_bucket_, letters_, WorkersOf(config)),
      letter_metrics_(registry, letters_),
      worker_metrics_(registry, workers_),
      relay_dropped_(registry.Read(
          telemetry::MetricRegistry::ReadKind::kCounter,
          "marketprism_dead_letters_overflowed_total",
          "Dead letters dropped on their way to the bus's thread.",
          {},
          [this] { return static_cast<double>(relay_.dropped()); }
      )) {
    AddHealth(health);
    workers_.Handle("retention", [this](tasks::TaskContext& context) {
        return retention_.Run(context);
    });
    workers_.Handle("backup", [this](tasks::TaskContext& context) { return backup_.Run(context); });
    workers_.Handle("export", [this](tasks::TaskContext& context) { return export_.Run(context); });
    workers_.Handle("shard_move", [this](tasks::TaskContext& context) {
        return shard_move_.Run(context);
    });
}

Ingest::DeadLetterSink Storage::LetterSink() {
    return [this](std::string reason, std::string_view bytes, std::string_view subject) {
        relay_.Put(std::move(reason), bytes, subject);
    };
}

std::unique_ptr<StreamReader> Storage::ReadAlone(const StorageMetrics& metrics) {
    ingest_.emplace(engine_, metrics, LetterSink());
    return std::make_unique<Consumption>(
        bus_, engine_, *ingest_, blocking_, metrics, config_.stream
    );
}

std::unique_ptr<StreamReader> Storage::ReadTogether(
    SharedEngine& engine, const StorageMetrics& metrics
) {
    const std::string& instance = config_.service.instance;
    registry::Directory::Config directory;
    directory.reachable = [this] { return bus_.state().connected; };
    directory.self = registry::InstanceKey(registry::kStorage, instance);
    directory_.emplace(registry_bucket_, std::move(directory));
    return std::make_unique<SharedConsumption>(
        bus_, engine, metrics, config_.stream, locks_bucket_, *directory_, instance, LetterSink()
    );
}

// Who else shares the store.
Task<Status> Storage::FollowOthers() {
    if (directory_) co_await directory_->Run();
    co_return OkStatus();
}

// Without broker, or with a full disk, queries still work: degraded, not unhealthy.
void Storage::AddHealth(telemetry::Health& health) {
    constexpr auto kDegrading = telemetry::Severity::kDegrading;
    health.AddDependency("nats", bus::Probe(bus_), kDegrading);
    health.AddDependency(
        "engine", [this] { return ReportEngine(engine_); }, kDegrading
    );
    if (HasReplicas(engine_)) {
        health.AddDependency(
            "engine_replicas", [this] { return ReportReplicas(engine_); }, kDegrading
        );
    }
    health.AddCheck(
        "consuming", [this] { return reader_->state().ok(); }, kDegrading
    );
    health.AddCheck(
        "task_queue", [this] { return workers_.has_queue(); }, telemetry::Severity::kInforming
    );
}

Task<Status> Storage::Run(registry::Instance self, rpc::Server& grpc, Task<Status> reloads) {
    kLog.Info(
        "started, connecting to the broker",
        {{"version", self.version()},
         {"instance", self.instance()},
         {"http_port", self.http_port()},
         {"grpc_port", self.grpc_port()},
         {"engine", engine_.name()}}
    );
    registry::Registration::Callbacks callbacks;
    callbacks.load = [this] { return workers_.load(); };
    callbacks.status = [this] { return std::string(Well() ? "healthy" : "degraded"); };
    if (directory_) {
        callbacks.describe = [this](registry::Instance& all) {
            all.set_store(config_.stream.durable);
        };
    }
    const registry::Registration::Config heartbeat;
    registry::Registration registration(
        registry_bucket_, std::move(self), heartbeat, std::move(callbacks)
    );
    co_return co_await runtime::Finally(
        runtime::FirstOf(
            runtime::AllOf(Work(registration, grpc), std::move(reloads)),
            UntilShutdown(registration, grpc)
        ),
        Leave(registration)
    );
}

Task<Status> Storage::Work(registry::Registration& registration, rpc::Server& grpc) {
    MP_CO_RETURN_IF_ERROR(co_await bus_.Connect());
    const int replicas = config_.stream.replicas;
    const auto letters_bytes = static_cast<int64_t>(config_.dead_letter_max_bytes);
    bus::Provision provision(
        bus_,
        {bus::DeadLetterStream(letters_bytes, replicas)},
        {bus::RegistryBucket(replicas), bus::LocksBucket(replicas), bus::ResultsBucket(replicas)},
        [](const Status& error) {
            kLog.Warn("broker not ready", {{"reason", error}});
        }
    );
    MP_CO_RETURN_IF_ERROR(co_await provision.Make());
    co_return co_await runtime::AllOf(
        provision.Keep(),
        reader_->Run(),
        FollowOthers(),
        registration.Run(),
        workers_.Run(),
        letters_.Run(),
        AnnounceWhenConsuming(grpc)
    );
}

Task<> Storage::AnnounceWhenConsuming(rpc::Server& grpc) {
    while (!reader_->state().ok()) co_await runtime::Sleep(50ms);
    health_.SetReady(true);
    grpc.SetServing(true);
    kLog.Info("ready");
}

// By its end nobody is sent here any more.
Task<Status> Storage::UntilShutdown(registry::Registration& registration, rpc::Server& grpc) {
    const Status asked = co_await runtime::ShutdownSignal();
    kLog.Info("stopping");
    // The rest of the time is for leaving in order.
    engine_.GiveUpAt(Deadline::After(config_.service.drain_timeout * 3 / 4));
    health_.SetReady(false);
    grpc.SetServing(false);
    (void)co_await registration.StartDraining();
    co_return asked;
}

void Storage::Follow(const Config& fresh) {
    retention_.set_retention(fresh.retention);
}

Task<> Storage::Leave(registry::Registration& registration) {
    health_.SetReady(false);
    (void)co_await registration.Deregister();
    (void)co_await bus_.Drain(Deadline::After(2s));
}

}  // namespace mp::storage
