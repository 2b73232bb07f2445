#pragma once
// What every face needs for live subscriptions, in one place.

#include <array>
#include <map>
#include <memory>
#include <string>

#include "gateway/live/fanout.hpp"
#include "gateway/live/live_session.hpp"
#include "gateway/live/position.hpp"
#include "gateway/query/history.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::gateway {

struct LiveConfig {
    QueueBounds queue;                 // of one subscription
    size_t max_series = 1'000;         // of one subscription
    size_t max_subscriptions = 1'000;  // of the gateway
};

class Live {
  public:
    Live(
        LiveConfig config,
        Fanout& fanout,
        History& history,
        const TokenSigner& signer,
        telemetry::MetricRegistry& metrics
    );

    // Resolves the instruments, checks the limits and starts. InvalidArgument names what is wrong,
    // NotFound an unknown instrument, ResourceExhausted a limit.
    Task<Result<std::unique_ptr<LiveSession>>> Open(LiveRequest request, Deadline deadline);

    // Socket-to-subscriber latency of live rows that are about to be written.
    void Observe(const LiveOutput& out, Nanos now);

    // From now on subscriptions end: the gateway is about to.
    void End() { ending_ = true; }
    bool ending() const { return ending_; }

  private:
    const LiveConfig config_;
    Fanout& fanout_;
    History& history_;
    const TokenSigner& signer_;
    size_t subscriptions_ = 0;
    bool ending_ = false;
    LiveSession::Counters counters_;
    using Latency = std::array<telemetry::Histogram, model::kDataTypes + 1>;  // by data type
    const Latency& LatencyOf(const std::string& exchange);

    telemetry::HistogramFamily latency_family_;
    std::map<std::string, Latency> latency_;  // by exchange
    telemetry::Gauge open_;
};

}  // namespace mp::gateway
