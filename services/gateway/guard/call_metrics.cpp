#include "gateway/guard/call_metrics.hpp"

#include "gateway/rest/error_answer.hpp"

namespace mp::gateway {

CallMetrics::CallMetrics(telemetry::MetricRegistry& metrics)
    : requests_(metrics.Counters(
          "api_requests_total", "Total API requests", {"method", "endpoint", "status"}
      )),
      seconds_(metrics.Histograms(
          "api_request_duration_seconds", "API request duration", {"method", "endpoint"}
      )) {}

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
