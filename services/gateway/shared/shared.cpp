#include "gateway/shared/shared.hpp"

#include "redis/probe.hpp"
#include "runtime/all_of.hpp"
#include "tls/http.hpp"

namespace mp::gateway {
namespace {

// Where the address says rediss://.
std::optional<net::TlsContext> TlsFor(const redis::Address& address, tls::Credentials& tls) {
    if (!address.secure) return std::nullopt;
    return tls::ClientTls(tls);
}

}  // namespace

Shared::Redis::Redis(
    const Executor& executor,
    const SharedConfig& config,
    reliability::GcraLimiter& limiter,
    telemetry::MetricRegistry& metrics,
    tls::Credentials& tls
)
    : connection(executor, config.connection, metrics, TlsFor(config.connection.address, tls)),
      answers(connection, config.answers, metrics),
      limits(connection, limiter, config.settle_every, metrics) {}

Shared::Shared(
    const Executor& executor,
    const SharedConfig& config,
    reliability::GcraLimiter& limiter,
    telemetry::MetricRegistry& metrics,
    tls::Credentials& tls
) {
    if (config.connection.configured()) redis_.emplace(executor, config, limiter, metrics, tls);
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
