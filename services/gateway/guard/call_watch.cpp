#include "gateway/guard/call_watch.hpp"

#include "base/duration.hpp"
#include "telemetry/logging.hpp"

namespace mp::gateway {
namespace {

const telemetry::Logger kLog{"gateway.grpc"};
constexpr auto kSlow = std::chrono::seconds(1);

}  // namespace

CallWatch::~CallWatch() {
    const Duration elapsed = std::chrono::steady_clock::now() - began_;
    if (elapsed <= kSlow) return;
    kLog.Warn(
        "slow call", {{"name", method_}, {"elapsed", elapsed}, {"trace_id", trace_.trace_id()}}
    );
}

}  // namespace mp::gateway
