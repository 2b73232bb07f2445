#include "storage/storage.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "bus/stream.hpp"
#include "bus/topology.hpp"
#include "runtime/all_of.hpp"
#include "runtime/finally.hpp"
#include "runtime/signals.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"storage"};
constexpr Duration kRetry = 500ms;

Task<Status> ReportBus(const bus::Connection& bus) {
    const bus::ConnectionState& state = bus.state();
    if (state.connected) co_return OkStatus();
    co_return absl::UnavailableError(state.error.empty() ? "not connected" : state.error);
}

Task<Status> ReportEngine(const Engine& engine) {
    co_return engine.Health();
}

}  // namespace

Storage::Storage(
    const Config& config, Parts parts, reliability::KeyValue& registry, registry::Instance self
)
    : config_(config),
      parts_(parts),
      registration_(
          registry,
          std::move(self),
          {},
          {.load = [this] { return parts_.workers.load(); },
           .status =
               [this] {
                   const bool well = parts_.engine.Health().ok() && parts_.consumption.state().ok();
                   return std::string(well ? "healthy" : "degraded");
               }}
      ) {
    AddHealth();
    parts_.workers.Handle("retention", [this](tasks::TaskContext& context) {
        return parts_.retention.Run(context);
    });
}

// Without broker, or with a full disk, queries still work: degraded, not unhealthy.
void Storage::AddHealth() {
    parts_.health.AddDependency(
        "nats", [this] { return ReportBus(parts_.bus); }, telemetry::Severity::kDegrading
    );
    parts_.health.AddDependency(
        "engine", [this] { return ReportEngine(parts_.engine); }, telemetry::Severity::kDegrading
    );
    parts_.health.AddCheck(
        "consuming",
        [this] { return parts_.consumption.state().ok(); },
        telemetry::Severity::kDegrading
    );
}

Task<Status> Storage::Run() {
    co_return co_await runtime::Finally(Work(), Leave());
}

Task<Status> Storage::Work() {
    kLog.Info(
        "started, connecting to the broker",
        {{"version", MP_VERSION},
         {"instance", registration_.self().instance()},
         {"http_port", registration_.self().http_port()},
         {"grpc_port", registration_.self().grpc_port()},
         {"engine", parts_.engine.name()}}
    );
    MP_CO_RETURN_IF_ERROR(co_await parts_.bus.Connect());
    MP_CO_RETURN_IF_ERROR(co_await OpenBuckets());
    co_return co_await runtime::AllOf(
        parts_.consumption.Run(), registration_.Run(), parts_.workers.Run(), AnnounceWhenConsuming()
    );
}

Task<Status> Storage::OpenBuckets() {
    for (;;) {
        const int replicas = config_.stream.replicas;
        const auto letters = co_await bus::EnsureStream(
            parts_.bus,
            bus::DeadLetterStream(static_cast<int64_t>(config_.dead_letter_max_bytes), replicas),
            Deadline::After(5s)
        );
        const auto registry = co_await bus::KvBucket::Open(
            parts_.bus, bus::RegistryBucket(replicas), Deadline::After(5s)
        );
        const auto results = co_await bus::KvBucket::Open(
            parts_.bus, bus::ResultsBucket(replicas), Deadline::After(5s)
        );
        if (letters.ok() && registry.ok() && results.ok()) co_return OkStatus();
        const Status& status = !letters.ok()    ? letters.status()
                               : !registry.ok() ? registry.status()
                                                : results.status();
        kLog.Warn("broker not ready", {{"reason", status}});
        co_await runtime::Sleep(kRetry);
    }
}

Task<> Storage::AnnounceWhenConsuming() {
    while (!parts_.consumption.state().ok()) co_await runtime::Sleep(50ms);
    parts_.health.SetReady(true);
    parts_.grpc.SetServing(true);
    kLog.Info("ready");
}

Task<Status> Storage::UntilShutdown() {
    const Status asked = co_await runtime::ShutdownSignal();
    kLog.Info("stopping");
    parts_.health.SetReady(false);
    parts_.grpc.SetServing(false);
    (void)co_await registration_.StartDraining();
    co_return asked;
}

Task<Status> Storage::FollowReloads(std::function<Result<Config>()> reload) {
    for (;;) {
        co_await runtime::ReloadSignal();
        const Result<Config> fresh = reload();
        if (!fresh.ok()) {
            kLog.Error("configuration refused, the old one stays", {{"reason", fresh.status()}});
            continue;
        }
        telemetry::SetLogLevel(telemetry::ParseLogLevel(fresh->service.log_level).value());
        parts_.retention.set_retention(fresh->retention);
        kLog.Info("configuration read again");
    }
}

Task<> Storage::Leave() {
    parts_.health.SetReady(false);
    (void)co_await registration_.Deregister();
    (void)co_await parts_.bus.Drain(Deadline::After(2s));
}

}  // namespace mp::storage
