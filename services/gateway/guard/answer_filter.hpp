#pragma once
// What stands around every REST request: request id, time, metrics, slow-call log, key, limits.
// Adds X-Request-Id, X-Process-Time and X-RateLimit-* to every answer. Health and metrics are
// exempt from keys and limits. One io_context thread; everything referenced outlives the router.

#include <string>
#include <unordered_map>

#include "gateway/api/route.hpp"
#include "gateway/guard/caller.hpp"
#include "gateway/guard/limits.hpp"
#include "net/http_message.hpp"
#include "net/router.hpp"
#include "runtime/task.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::gateway {

class AnswerFilter {
  public:
    AnswerFilter(Callers& callers, Limits& limits, telemetry::MetricRegistry& metrics);

    net::HttpFilter AsFilter();

    // The answer to what never became a request that a handler saw: not HTTP, too large, too slow,
    // a handler that threw. Carries and counts what every other answer does.
    net::HttpResponse ProtocolError(int status, std::string_view message);

  private:
    Task<net::HttpResponse> Handle(const net::HttpRequest& request, const net::HttpHandler& next);
    Task<net::HttpResponse> Guarded(
        const net::HttpRequest& request,
        const net::HttpHandler& next,
        reliability::RateDecision& rate
    );
    // PermissionDenied: a web page of somebody else asks in the name of its reader.
    Status CheckPage(const Caller& caller, const net::HttpRequest& request, bool changes) const;
    void Count(std::string_view method, std::string_view endpoint, int status, Duration elapsed)
        const;

    Callers& callers_;
    Limits& limits_;
    telemetry::CounterFamily requests_;
    telemetry::HistogramFamily durations_;
    uint64_t next_id_ = 0;
    std::string id_prefix_;
};

// Of a request: what it carries in Authorization or X-API-Key.
std::string_view CredentialOf(const net::HttpRequest& request);

// The role that a route wants; reader where the table has none.
auth::Role RoleOf(net::HttpMethod method, std::string_view route);

}  // namespace mp::gateway
