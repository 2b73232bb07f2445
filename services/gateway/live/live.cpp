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
      latency_family_(metrics.Histograms(
          "marketprism_socket_to_subscriber_seconds",
          "From the socket read to the write to a live subscriber.",
          {"exchange", "data_type"}
      )),
      open_(metrics.MakeGauge("marketprism_live_subscriptions", "Live subscriptions that are open.")
      ) {
    counters_.overflows = metrics.MakeCounter(
        "marketprism_live_overflows_total",
        "Live subscriptions ended because the client was too slow."
    );
    counters_.conflated = metrics.MakeCounter(
        "marketprism_live_conflated_total", "Events that newer ones replaced for a slow subscriber."
    );
}

const Live::Latency& Live::LatencyOf(const std::string& exchange) {
    const auto [found, added] = latency_.try_emplace(exchange);
    for (int type = 1; added && type <= model::kDataTypes; ++type) {
        const auto name = model::ToString(static_cast<model::DataType>(type));
        found->second[static_cast<size_t>(type)] = latency_family_.With({exchange, name});
    }
    return found->second;
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
    const model::Instrument* instrument = nullptr;
    const Latency* latency = nullptr;
    for (const LiveRow& row : out.rows) {
        if (row.received_ts == 0) continue;
        if (std::exchange(instrument, row.instrument) != row.instrument) {
            latency = &LatencyOf(row.instrument->exchange);
        }
        const Nanos passed = now - row.received_ts;
        (*latency)[static_cast<size_t>(row.type)].Observe(std::chrono::nanoseconds(passed));
    }
}

}  // namespace mp::gateway
