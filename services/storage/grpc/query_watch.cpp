#include "storage/grpc/query_watch.hpp"

#include <utility>

#include "model/instrument.hpp"
#include "telemetry/trace.hpp"

namespace mp::storage {
namespace {

const telemetry::Logger kLog{"storage.query"};

std::string TimeText(const std::optional<Nanos>& time) {
    return time ? FormatTime(*time) : "-";
}

std::string_view NameOf(QueryMeter::Cut cut) {
    switch (cut) {
        case QueryMeter::Cut::kRows:
            return "rows";
        case QueryMeter::Cut::kTime:
            return "time";
        case QueryMeter::Cut::kNone:
            break;
    }
    return "none";
}

QueryLimits LimitsOf(const QueryCosts& costs, const rpc::CallContext& call, bool limited) {
    return limited ? costs.policy().limits.Before(call.deadline()) : QueryLimits{};
}

}  // namespace

QueryCosts::QueryCosts(QueryPolicy policy, telemetry::MetricRegistry& registry)
    : policy_(policy),
      slow_(registry.Counters(
          "marketprism_slow_queries_total", "Queries slower than query.slow_after.", {"endpoint"}
      )),
      cut_(registry.Counters(
          "marketprism_queries_cut_total",
          "Queries ended because they cost too much.",
          {"endpoint", "limit"}
      )) {}

std::string SeriesText(const pb::Instrument& instrument, std::string_view type) {
    std::string text = instrument.exchange();
    text.append("|").append(ToString(static_cast<model::Market>(instrument.market())));
    text.append("|").append(instrument.symbol());
    if (!type.empty()) text.append(" ").append(type);
    return text;
}

std::string SeriesText(const pb::Series& series) {
    return SeriesText(
        series.instrument(), ToString(static_cast<model::DataType>(series.data_type()))
    );
}

std::string SeriesText(const pb::QueryEventsRequest& request) {
    if (request.instruments().empty()) return SeriesText(request.series());
    pb::Series first;
    *first.mutable_instrument() = request.instruments(0);
    first.set_data_type(request.series().data_type());
    return SeriesText(first) + " and " + std::to_string(request.instruments_size() - 1) + " more";
}

QueryWatch::QueryWatch(
    const QueryCosts& costs,
    const rpc::CallContext& call,
    const QueryContext& context,
    QueryText text,
    bool limited
)
    : costs_(costs),
      call_(call),
      text_(std::move(text)),
      meter_(LimitsOf(costs, call, limited)),
      reader_(context.engine, meter_),
      context_{reader_, context.clock, context.settled} {}

QueryWatch::~QueryWatch() {
    if (meter_.cut() != QueryMeter::Cut::kNone) {
        costs_.cut_.With({call_.method(), NameOf(meter_.cut())}).Add();
    }
    const Duration slow = costs_.policy().slow_after;
    const Duration elapsed = meter_.elapsed();
    const bool is_slow = slow.count() != 0 && elapsed >= slow;
    if (is_slow) costs_.slow_.With({call_.method()}).Add();
    if (!is_slow && meter_.cut() == QueryMeter::Cut::kNone) return;
    const std::string_view what = is_slow ? "slow query" : "query cut";
    if (const auto held_back = costs_.throttle_.Allow()) Tell(what, elapsed, *held_back);
}

void QueryWatch::Tell(std::string_view what, Duration elapsed, uint64_t held_back) const {
    const auto trace =
        telemetry::TraceContext::Parse(call_.metadata(telemetry::kTraceParentHeader));
    kLog.Warn(
        what,
        {{"name", call_.method()},
         {"series", text_.series},
         {"start", TimeText(text_.start)},
         {"end", TimeText(text_.end)},
         {"limit", text_.limit},
         {"rows", meter_.rows()},
         {"elapsed", elapsed},
         {"cut", NameOf(meter_.cut())},
         {"trace_id", trace ? trace->trace_id() : "-"},
         {"more", held_back}}
    );
}

}  // namespace mp::storage
