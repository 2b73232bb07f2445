#pragma once
// The storage service's life: connects to the broker, consumes, lists itself, works on tasks, and
// leaves in order. On one io_context thread.

#include <functional>

#include "bus/connection.hpp"
#include "bus/kv_bucket.hpp"
#include "registry/registration.hpp"
#include "rpc/server.hpp"
#include "runtime/task.hpp"
#include "storage/config.hpp"
#include "storage/ingest/consumption.hpp"
#include "storage/tasks/retention_task.hpp"
#include "tasks/worker_pool.hpp"
#include "telemetry/health.hpp"

namespace mp::storage {

class Storage {
  public:
    struct Parts {
        bus::Connection& bus;
        Engine& engine;
        Consumption& consumption;
        RetentionTask& retention;
        tasks::WorkerPool& workers;
        rpc::Server& grpc;
        telemetry::Health& health;
    };

    // Everything referenced outlives it. `self` is how the registry shows this instance.
    Storage(
        const Config& config, Parts parts, reliability::KeyValue& registry, registry::Instance self
    );

    // Waits for the broker, then serves until cancelled; then leaves the registry.
    Task<Status> Run();
    // Ends when the process is asked to stop; by then nobody is sent here any more.
    Task<Status> UntilShutdown();
    // Takes over what may change at run time, at every SIGHUP.
    Task<Status> FollowReloads(std::function<Result<Config>()> reload);

  private:
    Task<Status> Work();
    Task<Status> OpenBuckets();
    Task<> AnnounceWhenConsuming();
    Task<> WorkOnTasks();
    Task<> Leave();
    void AddHealth();

    const Config& config_;
    Parts parts_;
    registry::Registration registration_;
};

}  // namespace mp::storage
