#pragma once
// Rate limits that several gateways share through Redis. Checks stay local (guard/limits.hpp); what
// keys were charged is settled with Redis in rounds, and what a key owes in all comes back. So all
// gateways together let through the limit, and at most what they admit between two rounds. While
// Redis is away each gateway's limits are its own. One io_context thread.

#include <string>
#include <vector>

#include "base/duration.hpp"
#include "base/time.hpp"
#include "redis/connection.hpp"
#include "reliability/gcra_limiter.hpp"
#include "runtime/task.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::gateway {

class SharedLimits {
  public:
    static constexpr size_t kKeysARound = 1000;  // the rest in the next one

    // All outlive it; `clock` is the limiter's. A round that takes longer than `round_limit`
    // failed.
    SharedLimits(
        redis::Connection& redis,
        reliability::GcraLimiter& limiter,
        Duration every,
        telemetry::MetricRegistry& metrics,
        Duration round_limit = std::chrono::seconds(1),
        const Clock& clock = DefaultClock()
    );

    // A round each `every`, until cancelled.
    Task<Status> Run();

    // One round.
    Task<> Settle();

  private:
    std::vector<redis::Arguments> CommandsFor(
        const std::vector<reliability::GcraLimiter::Charge>& charges
    ) const;

    redis::Connection& redis_;
    reliability::GcraLimiter& limiter_;
    const Duration every_;
    const Duration round_limit_;
    const Clock& clock_;
    const std::string script_sha_;
    std::string complaint_;  // of the last round; said once
    telemetry::Counter settled_;
    telemetry::Counter idle_;
    telemetry::Counter failed_;
    telemetry::Counter away_;
};

}  // namespace mp::gateway
