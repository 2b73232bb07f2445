#include "gateway/live/live.hpp"

#include <chrono>
#include <utility>

#include "wire/convert.hpp"
#include "wire/key_peek.hpp"

namespace mp::gateway {

Live::Live(
    LiveConfig config,
    Fanout& fanout,
    History& history,
    const TokenSigner& signer,
    telemetry::MetricRegistry& metrics
)
    : config_(config),
      fanout_(fanout),
      history_(history),
      signer_(signer),
      open_(metrics.MakeGauge("marketprism_live_subscriptions", "Live subscriptions that are open.")
      ) {
    counters_.overflows = metrics.MakeCounter(
        "marketprism_live_overflows_total",
        "Live subscriptions ended because the client was too slow."
    );
    counters_.conflated = metrics.MakeCounter(
        "marketprism_live_conflated_total", "Events that newer ones replaced for a slow subscriber."
    );
    const telemetry::HistogramFamily family = metrics.Histograms(
        "marketprism_socket_to_subscriber_seconds",
        "From the socket read to the write to a live subscriber.",
        {"data_type"}
    );
    for (size_t type = 1; type < latency_.size(); ++type) {
        latency_[type] = family.With({model::ToString(static_cast<model::DataType>(type))});
    }
}

Task<Result<std::unique_ptr<LiveSession>>> Live::Open(LiveRequest request, Deadline deadline) {
    if (request.series.size() > config_.max_series) {
        co_return absl::InvalidArgumentError(
            "series: at most " + std::to_string(config_.max_series) + " a subscription"
        );
    }
    if (subscriptions_ >= config_.max_subscriptions) {
        co_return absl::ResourceExhaustedError("too many live subscriptions on this gateway");
    }
    for (model::Series& series : request.series) {
        pb::Instrument instrument;
        wire::ToProto(series.instrument, instrument);
        MP_CO_RETURN_IF_ERROR(co_await history_.instruments().Resolve(instrument, deadline));
        auto resolved = wire::FromProto(instrument);
        if (!resolved.ok()) co_return resolved.status();
        series.instrument = std::move(*resolved);
    }
    auto session = std::make_unique<LiveSession>(
        fanout_, history_, signer_, std::move(request), config_.queue, counters_
    );
    MP_CO_RETURN_IF_ERROR(co_await session->Start(deadline));
    open_.Set(static_cast<double>(++subscriptions_));
    session->OnEnd([this] { open_.Set(static_cast<double>(--subscriptions_)); });
    co_return session;
}

void Live::Observe(const LiveOutput& out, Nanos now) {
    for (const LiveRow& row : out.rows) {
        if (row.received_ts == 0) continue;
        const Nanos received = now - row.received_ts;
        latency_[static_cast<size_t>(row.type)].Observe(std::chrono::nanoseconds(received));
    }
}

}  // namespace mp::gateway
