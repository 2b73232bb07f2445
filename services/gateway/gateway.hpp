#pragma once
// The gateway's life on the bus: connects, follows the registry, lists itself, and leaves in order.
// One io_context thread.

#include "bus/connection.hpp"
#include "gateway/config.hpp"
#include "gateway/tasks/queued_work.hpp"
#include "gateway/upstream/upstreams.hpp"
#include "registry/directory.hpp"
#include "registry/registration.hpp"
#include "rpc/server.hpp"
#include "runtime/task.hpp"
#include "telemetry/health.hpp"

namespace mp::gateway {

class Gateway {
  public:
    // Everything referenced outlives it. `self` is how the registry shows this instance.
    Gateway(
        const Config& config,
        bus::Connection& bus,
        Upstreams& upstreams,
        registry::Instance self,
        QueuedWork& work,
        rpc::Server& grpc,
        telemetry::Health& health
    );

    // Waits for the broker, which tells where the store is (a store named by its URL is not waited
    // for), then serves until cancelled; then leaves the registry.
    Task<Status> Run();

    // Nobody is sent here any more; who is here is still served. Before Run is cancelled.
    Task<> StopTaking();

  private:
    Task<Status> Follow();
    Task<Status> OpenBuckets();
    void TakeWork();
    void RefuseWork();
    Task<> Leave();

    const Config& config_;
    bus::Connection& bus_;
    registry::Directory& directory_;
    registry::Registration registration_;
    QueuedWork& work_;
    rpc::Server& grpc_;
    telemetry::Health& health_;
};

// What /health asks of a service that the registry should list.
telemetry::Health::Dependency ProbeService(
    registry::Directory& directory, std::string_view service
);

}  // namespace mp::gateway
