#include "scheduler/scheduler.hpp"

#include <chrono>
#include <utility>

#include "runtime/all_of.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::scheduler {
namespace {

const telemetry::Logger kLog{"scheduler"};
constexpr size_t kOwnerSuffix = 1 + 16;  // "-<16 hex digits>", see MakeOwnerId

reliability::LockConfig LockTimes(const LeadershipTimes& times) {
    reliability::LockConfig config;
    config.ttl = times.ttl;
    return config;
}

}  // namespace

Scheduler::Scheduler(
    const Config& config,
    bus::Connection& bus,
    Buckets& buckets,
    JobTable& table,
    Leader& leader,
    RecoveryWorker& worker
)
    : config_(config),
      bus_(bus),
      table_(table),
      leader_(leader),
      worker_(worker),
      lock_(
          buckets.locks,
          kLeaderLock,
          reliability::MakeOwnerId(config.service.instance),
          LockTimes(config.leadership)
      ) {}

Task<Status> Scheduler::Run(const JobsMetrics& metrics) {
    MP_CO_RETURN_IF_ERROR(co_await bus_.Connect());
    bus::Provision provision = Provisions(bus_, config_.bus_replicas, config_.max_queued_tasks);
    MP_CO_RETURN_IF_ERROR(co_await provision.Make());
    co_return co_await runtime::AllOf(
        provision.Keep(), table_.Run(), BecomeReady(), Campaign(metrics), worker_.Run()
    );
}

Task<Status> Scheduler::BecomeReady() {
    while (!table_.synced()) co_await table_.changed().Wait();
    ready_.Set();
    kLog.Info("ready", {{"jobs", table_.Ids().size()}});
    co_return OkStatus();
}

Task<Status> Scheduler::Campaign(const JobsMetrics& metrics) {
    reliability::LeadershipConfig times;
    times.renew_every = config_.leadership.renew_every;
    times.margin = config_.leadership.margin;
    times.on_change = [this, &metrics](bool leading, uint64_t token) {
        leading_ = leading;
        metrics.Leading(leading);
        kLog.Info(leading ? "leading" : "not leading", {{"token", token}});
    };
    reliability::Leadership leadership(lock_, std::move(times));
    const reliability::Leadership::Lead lead = [this](uint64_t token) {
        return leader_.Lead(token);
    };
    co_return co_await leadership.Run(lead);
}

Task<Result<std::string>> LeaderOf(reliability::KeyValue& locks) {
    const Result<reliability::Entry> entry = co_await locks.Get(kLeaderLock);
    if (entry.status().code() == StatusCode::kNotFound) co_return std::string();
    if (!entry.ok()) co_return entry.status();
    std::string owner = entry->value.substr(entry->value.find(' ') + 1);
    if (owner.size() > kOwnerSuffix) owner.resize(owner.size() - kOwnerSuffix);
    co_return owner;
}

}  // namespace mp::scheduler
