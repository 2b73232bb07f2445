#pragma once
// The scheduler's tasks that others do the work of: what collectors poll and repair. Finds them by
// the registry. One io_context thread; everything referenced outlives it.

#include "base/status.hpp"
#include "bus/connection.hpp"
#include "config/service_config.hpp"
#include "registry/directory.hpp"
#include "reliability/key_value.hpp"
#include "rpc/dispatcher.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"
#include "scheduler/recovery_worker.hpp"
#include "scheduler/tasks/gap_repair_task.hpp"
#include "scheduler/tasks/peers.hpp"
#include "scheduler/tasks/poll_task.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::scheduler {

class PeerTasks {
  public:
    // `registry`: the bucket of those who live; `service`: who we are among them.
    PeerTasks(
        const bus::Connection& bus,
        reliability::KeyValue& registry,
        const rpc::Dispatcher& dispatcher,
        telemetry::MetricRegistry& metrics,
        const tls::Credentials& tls,
        const config::ServiceConfig& service
    );

    // Before the worker runs.
    void AddTo(RecoveryWorker& worker);

    // Follows who lives from `ready` on, until cancelled: then the bucket is there.
    Task<Status> Run(runtime::Event& ready);

  private:
    registry::Directory directory_;
    Peers peers_;
    PollTask interest_;
    PollTask funding_;
    GapRepairTask repair_;
};

}  // namespace mp::scheduler
