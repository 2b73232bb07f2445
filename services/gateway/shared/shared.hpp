#pragma once
// What the gateways of a system share through Redis, where one is configured: loaded answers and
// rate limits. Without one there is nothing here, and each gateway keeps its own. One io_context
// thread.

#include <optional>

#include "base/duration.hpp"
#include "gateway/shared/shared_answers.hpp"
#include "gateway/shared/shared_limits.hpp"
#include "redis/connection.hpp"
#include "reliability/gcra_limiter.hpp"
#include "runtime/task.hpp"
#include "telemetry/health.hpp"
#include "telemetry/metric_registry.hpp"
#include "tls/credentials.hpp"

namespace mp::gateway {

struct SharedConfig {
    redis::ConnectionConfig connection;
    SharedAnswersConfig answers;
    Duration settle_every = std::chrono::milliseconds(100);
};

class Shared {
  public:
    // All outlive it.
    Shared(
        const Executor& executor,
        const SharedConfig& config,
        reliability::GcraLimiter& limiter,
        telemetry::MetricRegistry& metrics,
        tls::Credentials& tls
    );

    // Null without Redis.
    SharedAnswers* answers() { return redis_ ? &redis_->answers : nullptr; }
    // Shows Redis in /health; it decides nothing there.
    void AddTo(telemetry::Health& health) const;

    // Until cancelled; without Redis it ends at once.
    Task<Status> Run();

  private:
    struct Redis {
        Redis(
            const Executor& executor,
            const SharedConfig& config,
            reliability::GcraLimiter& limiter,
            telemetry::MetricRegistry& metrics,
            tls::Credentials& tls
        );

        redis::Connection connection;
        SharedAnswers answers;
        SharedLimits limits;
    };

    std::optional<Redis> redis_;
};

}  // namespace mp::gateway
