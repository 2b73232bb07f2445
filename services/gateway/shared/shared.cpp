#include "gateway/shared/shared.hpp"

#include "redis/probe.hpp"
#include "runtime/all_of.hpp"

namespace mp::gateway {

Shared::Redis::Redis(
    const Executor& executor,
    const SharedConfig& config,
    reliability::GcraLimiter& limiter,
    telemetry::MetricRegistry& metrics
)
    : connection(executor, config.connection, metrics),
      answers(connection, config.answers, metrics),
      limits(connection, limiter, config.settle_every, metrics) {}

Shared::Shared(
    const Executor& executor,
    const SharedConfig& config,
    reliability::GcraLimiter& limiter,
    telemetry::MetricRegistry& metrics
) {
    if (config.connection.configured()) redis_.emplace(executor, config, limiter, metrics);
}

void Shared::AddTo(telemetry::Health& health) const {
    if (!redis_) return;
    health.AddDependency(
        "redis", redis::Probe(redis_->connection), telemetry::Severity::kInforming
    );
}

Task<Status> Shared::Run() {
    if (!redis_) co_return OkStatus();
    co_return co_await runtime::AllOf(redis_->connection.Run(), redis_->limits.Run());
}

}  // namespace mp::gateway
