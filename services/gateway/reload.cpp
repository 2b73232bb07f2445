#include "gateway/reload.hpp"

#include "runtime/signals.hpp"
#include "telemetry/logging.hpp"

namespace mp::gateway {

Task<Status> FollowReloads(std::function<Result<Config>()> reload, Limits& limits) {
    const telemetry::Logger log{"gateway"};
    for (;;) {
        co_await runtime::ReloadSignal();
        const Result<Config> fresh = reload();
        if (!fresh.ok()) {
            log.Error("configuration refused, the old one stays", {{"reason", fresh.status()}});
            continue;
        }
        telemetry::SetLogLevel(telemetry::ParseLogLevel(fresh->service.log_level).value());
        limits.Set(fresh->limits);
        log.Info("configuration read again");
    }
}

}  // namespace mp::gateway
