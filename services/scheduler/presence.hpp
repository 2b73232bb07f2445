#pragma once
// How others see this instance: its entry in the registry, whether it is ready, and the order in
// which it leaves. One io_context thread; everything referenced outlives it.

#include "base/duration.hpp"
#include "base/status.hpp"
#include "bus/connection.hpp"
#include "registry/registration.hpp"
#include "rpc/server.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"
#include "telemetry/health.hpp"

namespace mp::scheduler {

class Presence {
  public:
    Presence(
        bus::Connection& bus,
        registry::Registration& registration,
        rpc::Server& grpc,
        telemetry::Health& health
    )
        : bus_(bus), registration_(registration), grpc_(grpc), health_(health) {}

    // Shows the instance from `ready` on, until cancelled.
    Task<Status> Run(runtime::Event& ready);

    // Ends once the process is asked to stop and nobody is sent here any more.
    Task<Status> UntilStopped();

    // The last steps, after everything else has ended.
    Task<> Leave(Duration within);

  private:
    void SetReady(bool ready);

    bus::Connection& bus_;
    registry::Registration& registration_;
    rpc::Server& grpc_;
    telemetry::Health& health_;
};

}  // namespace mp::scheduler
