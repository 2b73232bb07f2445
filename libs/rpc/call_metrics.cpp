#include "rpc/call_metrics.hpp"

#include <chrono>

#include "telemetry/logging.hpp"

namespace mp::rpc {
namespace {

const telemetry::Logger kLog{"rpc"};
constexpr std::chrono::seconds kSlowCall{1};

}  // namespace

CallMetrics::CallMetrics(telemetry::MetricRegistry& registry, Dispatcher& dispatcher)
    : dispatcher_(dispatcher),
      requests_(registry.Counters(
          "api_requests_total", "Calls answered.", {"method", "endpoint", "status"}
      )),
      seconds_(registry.Histograms(
          "api_request_duration_seconds", "Calls, from arrival to answer.", {"method", "endpoint"}
      )),
      refused_(registry.Read(
          telemetry::MetricRegistry::ReadKind::kCounter,
          "marketprism_rpc_calls_refused_total",
          "Calls refused because too many were open.",
          {},
          [&dispatcher] { return static_cast<double>(dispatcher.calls_refused()); }
      )) {
    dispatcher_.set_observer(this);
}

CallMetrics::~CallMetrics() {
    dispatcher_.set_observer(nullptr);
}

void CallMetrics::CallEnded(
    std::string_view method, const Status& status, std::chrono::nanoseconds duration
) {
    requests_.With({"grpc", method, absl::StatusCodeToString(status.code())}).Add();
    seconds_.With({"grpc", method}).Observe(Duration(duration));
    if (duration < kSlowCall) return;
    kLog.Warn("slow call", {{"name", method}, {"elapsed", Duration(duration)}, {"status", status}});
}

}  // namespace mp::rpc
