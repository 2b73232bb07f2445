#include "gateway/gateway.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "bus/kv_bucket.hpp"
#include "bus/topology.hpp"
#include "runtime/all_of.hpp"
#include "runtime/finally.hpp"
#include "runtime/sleep.hpp"
#include "runtime/with_deadline.hpp"
#include "telemetry/logging.hpp"

namespace mp::gateway {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"gateway"};

Task<Status> ReportService(registry::Directory& directory, std::string_view service) {
    co_return directory.Pick(service).status();
}

// What other services choose by.
registry::Registration::Callbacks CallbacksOf(
    const bus::Connection& bus, const registry::Directory& directory, const QueuedWork& work
) {
    registry::Registration::Callbacks callbacks;
    callbacks.load = [&work] { return work.load(); };
    callbacks.status = [&bus, &directory] {
        const bool well = bus.state().connected && !directory.Instances(registry::kStorage).empty();
        return std::string(well ? "healthy" : "degraded");
    };
    return callbacks;
}

}  // namespace

Gateway::Gateway(
    const Config& config,
    bus::Connection& bus,
    Upstreams& upstreams,
    registry::Instance self,
    QueuedWork& work,
    rpc::Server& grpc,
    telemetry::Health& health
)
    : config_(config),
      bus_(bus),
      directory_(upstreams.directory),
      registration_(
          upstreams.bucket, std::move(self), {}, CallbacksOf(bus, upstreams.directory, work)
      ),
      work_(work),
      grpc_(grpc),
      health_(health) {}

Task<Status> Gateway::Run() {
    co_return co_await runtime::Finally(Follow(), Leave());
}

Task<Status> Gateway::Follow() {
    if (!config_.storage_url.empty()) TakeWork();  // history needs no broker
    MP_CO_RETURN_IF_ERROR(co_await bus_.Connect());
    for (;;) {
        const Status opened = co_await OpenBuckets();
        if (opened.ok()) break;
        kLog.Warn("buckets not available", {{"reason", opened}});
        co_await runtime::Sleep(500ms);
    }
    TakeWork();
    co_return co_await runtime::AllOf(directory_.Run(), registration_.Run(), work_.Run());
}

void Gateway::TakeWork() {
    if (health_.ready()) return;
    health_.SetReady(true);
    grpc_.SetServing(true);
    kLog.Info("ready");
}

Task<Status> Gateway::OpenBuckets() {
    for (bus::KvConfig bucket :
         {bus::RegistryBucket(config_.bus_replicas),
          bus::IdempotencyBucket(config_.bus_replicas)}) {
        const auto opened =
            co_await bus::KvBucket::Open(bus_, std::move(bucket), Deadline::After(5s));
        if (!opened.ok()) co_return opened.status();
    }
    co_return OkStatus();
}

void Gateway::RefuseWork() {
    health_.SetReady(false);
    grpc_.SetServing(false);
}

Task<> Gateway::StopTaking() {
    RefuseWork();
    (void)co_await runtime::WithDeadline(registration_.StartDraining(), Deadline::After(1s));
}

Task<> Gateway::Leave() {
    RefuseWork();
    (void)co_await registration_.Deregister();
    (void)co_await bus_.Drain(Deadline::After(2s));
}

telemetry::Health::Dependency ProbeService(
    registry::Directory& directory, std::string_view service
) {
    return [&directory, service]() -> Task<Status> { return ReportService(directory, service); };
}

}  // namespace mp::gateway
