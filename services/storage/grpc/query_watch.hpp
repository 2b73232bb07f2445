#pragma once
// What a query may cost and what it did cost: limits, the log of slow ones and of those cut off,
// counters. On the executor.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/duration.hpp"
#include "rpc/call_context.hpp"
#include "storage/query/query_context.hpp"
#include "storage/query/query_meter.hpp"
#include "telemetry/logging.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::storage {

struct QueryPolicy {
    QueryLimits limits;
    Duration slow_after{0};  // 0: none is called slow
};

// What all queries share.
class QueryCosts {
  public:
    QueryCosts(QueryPolicy policy, telemetry::MetricRegistry& registry);

    const QueryPolicy& policy() const { return policy_; }

  private:
    friend class QueryWatch;

    const QueryPolicy policy_;
    const telemetry::CounterFamily slow_;
    const telemetry::CounterFamily cut_;
    mutable telemetry::LogThrottle throttle_{std::chrono::seconds(1)};
};

// What of a request a line of the log tells.
struct QueryText {
    std::string series;  // "binance|spot|BTC-USDT trade"
    std::optional<Nanos> start;
    std::optional<Nanos> end;
    uint32_t limit = 0;
};
std::string SeriesText(const pb::Instrument& instrument, std::string_view type);
std::string SeriesText(const pb::Series& series);
// Of several instruments the first one, and how many more.
std::string SeriesText(const pb::QueryEventsRequest& request);

template <class Request>
QueryText TextOf(const Request& request) {
    QueryText text;
    if constexpr (requires { SeriesText(request); }) {
        text.series = SeriesText(request);
    } else if constexpr (requires { SeriesText(request.series()); }) {
        text.series = SeriesText(request.series());
    } else if constexpr (requires { request.instrument().symbol(); }) {
        text.series = SeriesText(request.instrument(), {});
    }
    if constexpr (requires { request.has_start(); }) {
        if (request.has_start()) text.start = request.start();
        if (request.has_end()) text.end = request.end();
    }
    if constexpr (requires { request.has_at(); }) {
        if (request.has_at()) text.end = request.at();
    }
    if constexpr (requires { request.limit(); }) text.limit = request.limit();
    return text;
}

// One query, from its request to its end. The query is made with the watch's context and goes away
// before it. A stream that was asked for without a limit is measured, but has none: it holds little
// memory, its client may end it at any time, and gives it a deadline.
class QueryWatch {
  public:
    // Everything referenced outlives it.
    QueryWatch(
        const QueryCosts& costs,
        const rpc::CallContext& call,
        const QueryContext& context,
        QueryText text,
        bool limited
    );
    ~QueryWatch();
    QueryWatch(const QueryWatch&) = delete;
    QueryWatch& operator=(const QueryWatch&) = delete;

    QueryMeter& meter() { return meter_; }
    const QueryContext& context() const { return context_; }

  private:
    void Tell(std::string_view what, Duration elapsed, uint64_t held_back) const;

    const QueryCosts& costs_;
    const rpc::CallContext& call_;
    const QueryText text_;
    QueryMeter meter_;
    const MeteredReader reader_;
    const QueryContext context_;
};

}  // namespace mp::storage
