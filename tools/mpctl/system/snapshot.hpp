#pragma once
// The whole system at one moment: every instance that the gateway lists, with its health and its
// metrics.

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "mpctl/client/gateway.hpp"
#include "mpctl/client/json.hpp"
#include "mpctl/metrics/prometheus_text.hpp"
#include "runtime/task.hpp"

namespace mp::mpctl {

inline constexpr char kGatewayService[] = "api-gateway-service";
inline constexpr char kCollectorService[] = "market-data-collector";
inline constexpr char kStorageService[] = "data-storage-service";
inline constexpr char kSchedulerService[] = "scheduler-service";

struct InstanceState {
    std::string service;
    std::string instance;
    std::string address;  // "host:port" of its HTTP port
    std::string version;
    bool draining = false;
    Status reached;  // whether its health could be read
    Json health;     // its /health
    Samples metrics;

    // "healthy" "degraded" "unhealthy", "draining", or "unreachable".
    std::string State() const;
    // Dependencies and checks that failed, with their reasons.
    std::vector<std::string> Complaints() const;
};

struct Snapshot {
    Nanos taken = 0;                       // wall clock
    Nanos steady = 0;                      // for rates
    std::vector<InstanceState> instances;  // by service, then instance
    // From the headers of the gateway's answer; -1 where it did not say.
    int64_t rate_limit = -1;
    int64_t rate_limit_remaining = -1;
};

// Asks the gateway who is there, and all of them side by side. Only an unreachable gateway is an
// error.
Task<Result<Snapshot>> TakeSnapshot(Gateway& gateway, const Clock& clock = DefaultClock());

}  // namespace mp::mpctl
