#include "gateway/guard/call_metrics.hpp"

#include "gateway/rest/error_answer.hpp"

namespace mp::gateway {

CallMetrics::CallMetrics(telemetry::MetricRegistry& metrics, rpc::Dispatcher& dispatcher)
    : dispatcher_(dispatcher),
      requests_(metrics.Counters(
          "api_requests_total", "Total API requests", {"method", "endpoint", "status"}
      )),
      seconds_(metrics.Histograms(
          "api_request_duration_seconds", "API request duration", {"method", "endpoint"}
      )),
      refused_(metrics.Read(
          telemetry::MetricRegistry::ReadKind::kCounter,
          "marketprism_rpc_calls_refused_total",
          "Calls refused because too many were open.",
          {},
          [&dispatcher] { return static_cast<double>(dispatcher.calls_refused()); }
      )) {
    dispatcher_.set_observer(this);
}

void CallMetrics::CallEnded(
    std::string_view method, const Status& status, std::chrono::nanoseconds duration
) {
    const auto [handles, first] = handles_.try_emplace(method);
    if (first) {
        handles->second = {
            requests_.With({"grpc", method, CodeName(StatusCode::kOk)}),
            seconds_.With({"grpc", method})};
    }
    handles->second.seconds.Observe(duration);
    if (status.ok()) {
        handles->second.answered.Add();
    } else {
        requests_.With({"grpc", method, CodeName(status.code())}).Add();
    }
}

}  // namespace mp::gateway
