#pragma once
// The gateway's life on the bus: connects, follows the registry, lists itself, and leaves in order.
// One io_context thread.

#include <memory>

#include "bus/connection.hpp"
#include "bus/dead_letter.hpp"
#include "bus/kv_bucket.hpp"
#include "gateway/config.hpp"
#include "registry/directory.hpp"
#include "registry/registration.hpp"
#include "rpc/server.hpp"
#include "runtime/task.hpp"
#include "tasks/worker_pool.hpp"
#include "telemetry/health.hpp"

namespace mp::gateway {

class Gateway {
  public:
    // Everything referenced outlives it. `self` is how the registry shows this instance.
    Gateway(
        const Config& config,
        bus::Connection& bus,
        reliability::KeyValue& registry,
        registry::Directory& directory,
        registry::Instance self,
        tasks::WorkerPool& workers,
        bus::DeadLetters& letters,
        rpc::Server& grpc,
        telemetry::Health& health
    );

    // Waits for the broker, then serves until cancelled; then leaves the registry.
    Task<Status> Run();

    // Nobody is sent here any more; who is here is still served. Before Run is cancelled.
    Task<> StopTaking();

  private:
    Task<Status> Follow();
    Task<Status> OpenBuckets();
    Task<> Leave();

    const Config& config_;
    bus::Connection& bus_;
    registry::Directory& directory_;
    registry::Registration registration_;
    tasks::WorkerPool& workers_;
    bus::DeadLetters& letters_;
    rpc::Server& grpc_;
    telemetry::Health& health_;
};

// What /health asks of the broker, and of a service that the registry should list.
telemetry::Health::Dependency ProbeBus(const bus::Connection& bus);
telemetry::Health::Dependency ProbeService(
    registry::Directory& directory, std::string_view service
);

}  // namespace mp::gateway
