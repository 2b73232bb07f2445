#pragma once
// What /health tells: dependencies probed and checks evaluated when asked, in parallel, each under
// its own timeout. One that throws or times out has failed. All calls on one executor's thread.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "runtime/task.hpp"

namespace mp::telemetry {

struct ServiceIdentity {
    std::string service;   // registry name, "market-data-collector"
    std::string instance;  // unique per process
    std::string version = MP_VERSION;
    uint16_t grpc_port = 0;  // 0: none
};

enum class HealthStatus { kHealthy, kDegraded, kUnhealthy };
std::string_view ToString(HealthStatus status);

// What a failure means for the whole service.
enum class Severity {
    kCritical,   // unhealthy, 503
    kDegrading,  // degraded, 200
    kInforming,  // nothing: it is only shown
};

struct DependencyReport {
    std::string name;
    Status status;
    Duration latency;
};

struct HealthReport {
    ServiceIdentity identity;
    HealthStatus status = HealthStatus::kHealthy;
    Nanos timestamp = 0;
    Duration uptime{};
    std::vector<DependencyReport> dependencies;
    std::vector<std::pair<std::string, bool>> checks;

    std::string ToJson() const;
};

class Health {
  public:
    // A probe of something outside the process. Runs each time the health is asked for.
    using Dependency = std::function<Task<Status>()>;
    // A look at the service's own state.
    using Check = std::function<bool()>;

    explicit Health(
        ServiceIdentity identity,
        Duration timeout = std::chrono::seconds(2),
        const Clock& clock = DefaultClock()
    );

    // Names are unique. What the functions reference outlives this object.
    void AddDependency(std::string name, Dependency probe, Severity severity = Severity::kCritical);
    void AddCheck(std::string name, Check check, Severity severity = Severity::kCritical);

    // Whether the service takes work: true once started, false as soon as it drains.
    void SetReady(bool ready) { ready_ = ready; }
    bool ready() const { return ready_; }

    // The gRPC port once it is bound.
    void SetGrpcPort(uint16_t port) { identity_.grpc_port = port; }
    const ServiceIdentity& identity() const { return identity_; }

    Task<HealthReport> Report() const;

  private:
    // A dependency or a check: both end in a Status.
    struct Entry {
        std::string name;
        std::function<Task<Status>()> probe;
        Severity severity;
        bool is_dependency;
    };
    struct Outcome {
        Status status;
        Duration latency;
    };

    // OK whatever the verdict, which is the outcome.
    Task<Status> Probe(const Entry& entry, Outcome& outcome) const;

    ServiceIdentity identity_;
    Duration timeout_;
    const Clock& clock_;
    Nanos started_;
    bool ready_ = false;
    std::deque<Entry> entries_;  // stays in place while probes run
};

}  // namespace mp::telemetry
