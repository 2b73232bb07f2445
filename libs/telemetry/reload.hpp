#pragma once
// SIGHUP: a running service reads its configuration again and takes what may change.

#include <functional>
#include <span>
#include <string>

#include "config/startup.hpp"
#include "runtime/signals.hpp"
#include "runtime/task.hpp"
#include "telemetry/logging.hpp"

namespace mp::telemetry {

void LogRefusedReload(const Status& why);
// `waiting`: changed keys that only a restart brings into force.
void LogReload(std::span<const std::string> waiting);

// At every SIGHUP sets the log level and hands the rest to `take`. A wrong configuration is
// refused, and the old one stays. `startup` outlives it; `Config` has a `service`.
template <typename Config>
Task<Status> FollowReloads(
    const config::Startup<Config>& startup, std::function<void(const Config&)> take
) {
    for (;;) {
        co_await runtime::ReloadSignal();
        const Result<config::Reloaded<Config>> fresh = startup.Reload();
        if (!fresh.ok()) {
            LogRefusedReload(fresh.status());
            continue;
        }
        SetLogLevel(ParseLogLevel(fresh->config.service.log_level).value());
        take(fresh->config);
        LogReload(fresh->waiting);
    }
}

}  // namespace mp::telemetry
