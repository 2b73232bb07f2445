#include "gateway/guard/answer_filter.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>

#include "gateway/guard/foreign_page.hpp"
#include "gateway/rest/error_answer.hpp"
#include "telemetry/logging.hpp"
#include "telemetry/trace.hpp"

namespace mp::gateway {
namespace {

using SteadyClock = std::chrono::steady_clock;

const telemetry::Logger kLog{"gateway.http"};
constexpr auto kSlow = std::chrono::seconds(1);

bool IsExempt(std::string_view path) {
    return path == "/metrics" || path == "/health" || path.starts_with("/health/");
}

bool IsSaneId(std::string_view id) {
    return !id.empty() && id.size() <= 128 &&
           std::all_of(id.begin(), id.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == ':';
           });
}

std::string Seconds(Duration elapsed) {
    char text[32];
    const int size =
        std::snprintf(text, sizeof(text), "%.6f", std::chrono::duration<double>(elapsed).count());
    return std::string(text, static_cast<size_t>(size));
}

void AddRateHeaders(const reliability::RateDecision& rate, net::HttpHeaders& headers) {
    headers.Set("X-RateLimit-Limit", std::to_string(rate.limit));
    headers.Set("X-RateLimit-Remaining", std::to_string(rate.remaining));
    headers.Set("X-RateLimit-Reset", std::to_string(rate.reset / kSecond));
}

std::string TraceIdOf(std::string_view traceparent) {
    const auto trace = telemetry::TraceContext::Parse(traceparent);
    return trace ? trace->trace_id() : std::string();
}

}  // namespace

std::string_view CredentialOf(const net::HttpRequest& request) {
    if (const auto key = request.headers.Get("X-API-Key")) return *key;
    return request.headers.Get("Authorization").value_or(std::string_view());
}

auth::Role RoleOf(net::HttpMethod method, std::string_view route) {
    for (const Route& known : Routes()) {
        if (known.method == method && known.path == route) return known.role;
    }
    return auth::Role::kReader;
}

AnswerFilter::AnswerFilter(Callers& callers, Limits& limits, telemetry::MetricRegistry& metrics)
    : callers_(callers),
      limits_(limits),
      requests_(metrics.Counters(
          "api_requests_total", "Total API requests", {"method", "endpoint", "status"}
      )),
      durations_(metrics.Histograms(
          "api_request_duration_seconds", "API request duration", {"method", "endpoint"}
      )),
      id_prefix_(telemetry::TraceContext::Generate().span_id() + "-") {}

net::HttpFilter AnswerFilter::AsFilter() {
    return [this](const net::HttpRequest& request, const net::HttpHandler& next) {
        return Handle(request, next);
    };
}

Task<net::HttpResponse> AnswerFilter::Handle(
    const net::HttpRequest& request, const net::HttpHandler& next
) {
    const auto began = SteadyClock::now();
    const std::string_view given = request.headers.Get("X-Request-Id").value_or(std::string_view());
    const std::string id =
        IsSaneId(given) ? std::string(given) : id_prefix_ + std::to_string(++next_id_);
    reliability::RateDecision rate;
    net::HttpResponse response = co_await Guarded(request, next, rate);
    const Duration elapsed = SteadyClock::now() - began;
    response.headers.Set("X-Request-Id", id);
    response.headers.Set("X-Process-Time", Seconds(elapsed));
    if (rate.limit != 0) AddRateHeaders(rate, response.headers);
    // Answers that no route gave (replays, refusals) belong to their caller's trace as well.
    const auto sent = request.headers.Get(telemetry::kTraceParentHeader);
    if (sent && !response.headers.Get(telemetry::kTraceParentHeader)) {
        const auto trace = telemetry::TraceContext::Continue(*sent);
        response.headers.Set(telemetry::kTraceParentHeader, trace.ToTraceParent());
    }
    const std::string_view endpoint = request.route.empty() ? "unknown" : request.route;
    Count(net::ToString(request.method), endpoint, response.status, elapsed);
    if (elapsed > kSlow) {
        const auto trace = response.headers.Get(telemetry::kTraceParentHeader);
        kLog.Warn(
            "slow request",
            {{"target", request.target},
             {"elapsed", Seconds(elapsed)},
             {"status", response.status},
             {"request_id", id},
             {"trace_id", TraceIdOf(trace.value_or(std::string_view()))}}
        );
    }
    co_return response;
}

Task<net::HttpResponse> AnswerFilter::Guarded(
    const net::HttpRequest& request, const net::HttpHandler& next, reliability::RateDecision& rate
) {
    if (IsExempt(request.path())) co_return co_await next(request);
    const Result<Caller> caller = callers_.Identify(CredentialOf(request));
    const bool changes = request.method != net::HttpMethod::kGet &&
                         request.method != net::HttpMethod::kHead &&
                         request.method != net::HttpMethod::kOptions;
    // Who sends a wrong key uses up what strangers have.
    rate = limits_.Check(caller.ok() ? *caller : Caller{}, changes);
    if (!rate.allowed) co_return ErrorAnswer(RefusalOf(rate));
    if (!caller.ok()) co_return ErrorAnswer(caller.status());
    const Status page = CheckPage(*caller, request, changes);
    if (!page.ok()) co_return ErrorAnswer(page);
    const Status permitted = CheckRole(*caller, RoleOf(request.method, request.route));
    if (!permitted.ok()) co_return ErrorAnswer(permitted);
    if (!request.route.empty() && !SaysJson(request)) {
        co_return net::ErrorResponse(
            415, net::ErrorCodeName(415), "the body must be JSON: Content-Type: application/json"
        );
    }
    co_return co_await next(request);
}

Status AnswerFilter::CheckPage(const Caller& caller, const net::HttpRequest& request, bool changes)
    const {
    if (!caller.anonymous()) return OkStatus();
    if (callers_.loopback_only()) MP_RETURN_IF_ERROR(CheckHost(request));
    const bool upgrades = request.headers.HasToken("Upgrade", "websocket");
    return changes || upgrades ? CheckOrigin(request) : OkStatus();
}

net::HttpResponse AnswerFilter::ProtocolError(int status, std::string_view message) {
    net::HttpResponse response = net::ErrorResponse(status, net::ErrorCodeName(status), message);
    response.headers.Set("X-Request-Id", id_prefix_ + std::to_string(++next_id_));
    response.headers.Set("X-Process-Time", Seconds({}));
    if (status == 503) response.headers.Set("Retry-After", "1");
    // Nobody has said who they are yet: strangers' budget.
    AddRateHeaders(limits_.Check(Caller{}, false), response.headers);
    Count("unknown", "unknown", status, {});
    return response;
}

void AnswerFilter::Count(
    std::string_view method, std::string_view endpoint, int status, Duration elapsed
) const {
    requests_.With({method, endpoint, std::to_string(status)}).Add();
    durations_.With({method, endpoint}).Observe(elapsed);
}

}  // namespace mp::gateway
