// Whether data comes in, keeps up, and is not held back by a limit.

#include <map>
#include <string>

#include "mpctl/doctor/checks.hpp"
#include "mpctl/system/changes.hpp"
#include "mpctl/text/format.hpp"

namespace mp::mpctl {
namespace {

constexpr double kLagWarning = 1;  // seconds from socket to store
constexpr double kLagFailure = 10;
constexpr double kPendingWarning = 10'000;  // batches
constexpr double kSpoolWarning = 64e6;      // bytes that wait for the broker
constexpr double kBreakerOpen = 1;

std::string Count(double count) {
    return FormatCount(static_cast<uint64_t>(count));
}

// Messages taken in between the snapshots, by exchange.
std::map<std::string, double> MessagesByExchange(const Evidence& evidence) {
    std::map<std::string, double> messages;
    const auto growth =
        Growth(evidence.older, evidence.newer, kCollectorService, "marketprism_messages_total");
    for (const auto& [labels, count] : growth) {
        if (LabelOf(labels, "status") == "ok") messages[LabelOf(labels, "exchange")] += count;
    }
    return messages;
}

void CheckErrors(const Evidence& evidence, double seconds, Findings& findings) {
    const auto errors =
        Growth(evidence.older, evidence.newer, kCollectorService, "marketprism_errors_total");
    for (const auto& [labels, count] : errors) {
        if (count <= 0) continue;
        findings.Warn(
            LabelOf(labels, "exchange") + ": " + Count(count) + " " +
                LabelOf(labels, "error_type") + " errors in " + FormatAge(seconds),
            "samples are in the dead letters, reasons in the collector's log"
        );
    }
}

void CheckVenueLimits(const InstanceState& state, Findings& findings) {
    for (const auto& [labels, seconds] : state.metrics.Of("marketprism_outbound_blocked_seconds")) {
        if (seconds <= 0) continue;
        findings.Warn(
            "an exchange asked " + state.service + " to be silent for " + FormatAge(seconds),
            "it obeys; lower max_requests_per_minute of that venue if this comes again"
        );
    }
}

void CheckBreakers(const InstanceState& state, Findings& findings) {
    for (const auto& [labels, value] : state.metrics.Of("marketprism_circuit_breaker_state")) {
        if (value != kBreakerOpen) continue;
        findings.Warn(
            "circuit breaker " + LabelOf(labels, "name") + " of " + state.service + " is open",
            "what it protects fails; it tries again by itself"
        );
    }
}

}  // namespace

std::vector<Finding> CheckFeeds(const Evidence& evidence) {
    Findings findings("feeds");
    const double seconds = SecondsBetween(evidence.older, evidence.newer);
    std::map<std::string, double> messages = MessagesByExchange(evidence);
    const auto connected =
        LargestBy(evidence.newer, kCollectorService, "marketprism_connection_status", "exchange");
    for (const auto& [exchange, up] : connected) {
        if (up < 1) {
            findings.Fail(
                exchange + " is not connected",
                "it keeps trying; is the exchange up and reachable, and is its URL right?"
            );
        } else if (messages[exchange] == 0) {
            findings.Warn(
                exchange + " is connected but sent nothing for " + FormatAge(seconds),
                "quiet markets do that; `mpctl doctor --seconds 60` looks longer"
            );
        } else {
            findings.Ok(exchange + ": " + FormatRate(messages[exchange] / seconds) + " messages/s");
        }
    }
    CheckErrors(evidence, seconds, findings);
    return findings.Take();
}

std::vector<Finding> CheckLag(const Evidence& evidence) {
    Findings findings("lag");
    Histogram to_store;
    const auto observed = Observed(
        evidence.older, evidence.newer, kStorageService, "marketprism_socket_to_store_seconds"
    );
    for (const auto& [labels, seen] : observed) to_store.Merge(seen);
    if (const auto p99 = to_store.Quantile(0.99)) {
        findings.Add(
            Grade(*p99, kLagWarning, kLagFailure),
            "socket to store takes " + FormatLatency(*p99) + " at p99",
            "storage does not keep up: look at its disk and CPU"
        );
    }
    const auto pending = Totals(evidence.newer, kStorageService, "marketprism_consumer_pending");
    if (!pending.empty()) {
        const double batches = pending.begin()->second;
        findings.Add(
            batches > kPendingWarning ? Level::kWarning : Level::kOk,
            Count(batches) + " batches wait in the broker",
            "storage is behind; it catches up when its disk can"
        );
    }
    const double spool = SumOf(evidence.newer, kCollectorService, "marketprism_spool_bytes");
    if (spool > kSpoolWarning) {
        findings.Warn(
            FormatBytes(spool) + " wait in the collector's spool",
            "the broker does not take them: is it up, is its disk full?"
        );
    }
    return findings.Take();
}

std::vector<Finding> CheckLimits(const Evidence& evidence) {
    Findings findings("limits");
    const int64_t limit = evidence.newer.rate_limit;
    const int64_t left = evidence.newer.rate_limit_remaining;
    if (limit > 0 && left >= 0) {
        findings.Add(
            left * 10 < limit ? Level::kWarning : Level::kOk,
            std::to_string(left) + " of " + std::to_string(limit) +
                " requests to the gateway left in this window",
            "slow down, or use a key: --key, MP_API_KEY"
        );
    }
    for (const InstanceState& state : evidence.newer.instances) {
        CheckVenueLimits(state, findings);
        CheckBreakers(state, findings);
    }
    return findings.Take();
}

}  // namespace mp::mpctl
