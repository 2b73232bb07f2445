#include "collector/feed/rest_client.hpp"

#include <charconv>
#include <chrono>
#include <utility>

#include "reliability/error_class.hpp"
#include "reliability/retry_after.hpp"

namespace mp::collector {
namespace {

constexpr Duration kRequestTimeout = std::chrono::seconds(20);
// What is longer is no refusal, whatever its status.
constexpr size_t kLongestRefusal = 4096;
constexpr std::string_view kRecordedTime = "Sim-Received-Ns";

std::optional<int64_t> Number(std::optional<std::string_view> text) {
    int64_t value = 0;
    if (!text) return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
    return value;
}

// What an HTTP status means for us.
StatusCode CodeOf(int http_status) {
    if (http_status == 404) return StatusCode::kNotFound;
    if (http_status == 403) return StatusCode::kPermissionDenied;
    return http_status >= 500 ? StatusCode::kUnavailable : StatusCode::kInvalidArgument;
}

net::HttpClientOptions Options() {
    net::HttpClientOptions options;
    options.max_connections_per_origin = 4;
    return options;
}

}  // namespace

RestClient::RestClient(
    Executor executor,
    const Venue& venue,
    const VenueConfig& config,
    Budget& budget,
    CollectorMetrics& metrics,
    FrameRecorder* recorder,
    bool recorded_clock
)
    : venue_(venue),
      name_(config.name),
      source_(config.exchange),
      metrics_(metrics),
      recorder_(recorder),
      recorded_clock_(recorded_clock),
      http_(std::move(executor), Options()),
      budget_(budget) {}

Task<Result<RestAnswer>> RestClient::Get(RestCall call, Deadline turn_by) {
    reliability::CircuitBreaker& breaker = BreakerOf(call.endpoint);
    MP_CO_RETURN_IF_ERROR(breaker.Check());  // what is refused costs no budget
    MP_CO_RETURN_IF_ERROR(co_await budget_.Acquire(call.weight, turn_by));
    co_return co_await breaker.Call(Send(call));
}

Task<Result<RestAnswer>> RestClient::Send(const RestCall& call) {
    const auto began = std::chrono::steady_clock::now();
    net::HttpClientRequest request;
    request.url = venue_.RestUrl() + call.target;
    auto response = co_await http_.Send(std::move(request), Deadline::After(kRequestTimeout));
    const Duration took = std::chrono::steady_clock::now() - began;
    const std::string outcome = response.ok() ? std::to_string(response->status) : "error";
    metrics_.ApiCalled(source_, call.endpoint, outcome, took);
    if (!response.ok()) {
        metrics_.Failed(source_, reliability::ErrorClass::kNetwork);
        co_return Annotate(response.status(), call.endpoint);
    }
    const Status status = co_await StatusOf(*response);
    if (!status.ok()) {
        metrics_.Failed(source_, reliability::ErrorClass::kApi);
        co_return Annotate(status, call.endpoint);
    }
    const Nanos received_ts = ReceivedAt(*response);
    if (recorder_ != nullptr) recorder_->Answer(call.target, received_ts, response->body);
    co_return RestAnswer{std::move(response->body), received_ts};
}

Nanos RestClient::ReceivedAt(const net::HttpClientResponse& response) const {
    const auto recorded =
        recorded_clock_ ? Number(response.headers.Get(kRecordedTime)) : std::optional<int64_t>();
    return recorded.value_or(DefaultClock().Now());
}

Task<Status> RestClient::StatusOf(const net::HttpClientResponse& response) {
    const std::string& header = venue_.habits().used_weight_header;
    const auto used = header.empty() ? std::nullopt : Number(response.headers.Get(header));
    if (used) co_await budget_.ServerUsed(*used);
    const bool may_refuse = response.body.size() <= kLongestRefusal;
    const std::string_view words = may_refuse ? std::string_view(response.body) : "";
    const auto quiet = venue_.QuietAfter(response.status, words);
    if (response.status == 200 && !quiet) co_return OkStatus();
    Status status(
        quiet ? StatusCode::kResourceExhausted : CodeOf(response.status),
        "HTTP " + std::to_string(response.status) + " " + venue_.RefusalText(words)
    );
    if (!quiet) co_return status;
    const auto seconds = Number(response.headers.Get("Retry-After"));
    const Duration wait = seconds ? Duration(std::chrono::seconds(*seconds)) : *quiet;
    co_await budget_.Block(wait);
    co_return reliability::WithRetryAfter(std::move(status), wait);
}

reliability::CircuitBreaker& RestClient::BreakerOf(const std::string& endpoint) {
    const auto place = breakers_.find(endpoint);
    if (place != breakers_.end()) return place->second.circuit;
    const std::string name = name_ + " " + endpoint;
    return breakers_.try_emplace(endpoint, name, metrics_.registry()).first->second.circuit;
}

}  // namespace mp::collector
