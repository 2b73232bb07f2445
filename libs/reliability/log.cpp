#include "reliability/log.hpp"

#include "reliability/circuit_breaker.hpp"
#include "telemetry/logging.hpp"

namespace mp::reliability {
namespace {

const telemetry::Logger& Log() {
    static const telemetry::Logger log("reliability");
    return log;
}

}  // namespace

void LogCircuitChange(
    std::string_view name, std::string_view from, std::string_view to, int failures
) {
    const telemetry::LogLevel level =
        to == "open" ? telemetry::LogLevel::kWarn : telemetry::LogLevel::kInfo;
    Log().Write(
        level,
        "circuit breaker changed",
        {{"breaker", name}, {"from", from}, {"to", to}, {"failures", failures}}
    );
}

void LogCacheStale(std::string_view cache, std::string_view key) {
    static telemetry::LogThrottle throttle;
    const auto held_back = throttle.Allow();
    if (!held_back) return;
    Log().Warn(
        "cache stale, returning stale data",
        {{"cache", cache}, {"key", key}, {"held_back", *held_back}}
    );
}

void LogCacheLoadFailed(std::string_view cache, std::string_view key, const Status& status) {
    if (!IsUpstreamFailure(status)) return;  // whoever asked for what there is not is told so
    static telemetry::LogThrottle throttle;
    const auto held_back = throttle.Allow();
    if (!held_back) return;
    Log().Warn(
        "cache refresh failed",
        {{"cache", cache}, {"key", key}, {"reason", status}, {"held_back", *held_back}}
    );
}

}  // namespace mp::reliability
