#pragma once
// Keeps one instance listed while it lives: writes its entry every second into a bucket whose
// entries last three, and takes it out at the end. Runs on one io_context thread; the bucket must
// outlive it.

#include <chrono>
#include <functional>
#include <string>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "registry/instance.hpp"
#include "reliability/key_value.hpp"
#include "runtime/task.hpp"

namespace mp::registry {

class Registration {
  public:
    struct Config {
        std::chrono::milliseconds heartbeat{1000};
    };
    // Asked at every heartbeat; any may be empty.
    struct Callbacks {
        std::function<double()> load;             // 0..1
        std::function<std::string()> status;      // "healthy" | "degraded" | "unhealthy"
        std::function<void(Instance&)> describe;  // what else the service says about itself
    };

    Registration(
        reliability::KeyValue& bucket,
        Instance self,
        Config config,
        Callbacks callbacks,
        const Clock& clock = DefaultClock()
    );

    // Heartbeats until cancelled. A failed write is counted and tried again with the next beat.
    runtime::Task<> Run();

    // Writes the entry now, for what cannot wait for the next heartbeat.
    runtime::Task<Status> Announce() { return Write(); }

    // Lists the instance as draining from now on: nobody picks it any more. Written at once; a
    // failed write is repeated by the heartbeats.
    runtime::Task<Status> StartDraining();

    // Takes the entry out. Cancel Run first.
    runtime::Task<Status> Deregister();

    const Instance& self() const noexcept { return self_; }
    uint64_t failures() const noexcept { return failures_; }
    // Whether the last heartbeat was written.
    bool listed() const noexcept { return listed_; }

  private:
    runtime::Task<Status> Write();

    reliability::KeyValue& bucket_;
    Instance self_;
    Config config_;
    Callbacks callbacks_;
    const Clock& clock_;
    uint64_t failures_ = 0;
    bool listed_ = false;
};

}  // namespace mp::registry
