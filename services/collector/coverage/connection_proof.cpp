#include "collector/coverage/connection_proof.hpp"

#include <algorithm>

namespace mp::collector {

void ConnectionProof::Start(Nanos received_ts, Nanos steady) {
    if (phase_ != Phase::kIdle) return;
    phase_ = Phase::kStarting;
    start_received_ = received_ts;
    start_steady_ = steady;
}

void ConnectionProof::OnEvent(Nanos order_ts, Nanos steady, Findings& out) {
    if (phase_ == Phase::kIdle) return;  // data may come before its acknowledgement
    if (phase_ == Phase::kStarting) Go(BeginsAt(order_ts, steady), out);
    last_ts_ = std::max(last_ts_, order_ts);
    last_steady_ = steady;
}

Nanos ConnectionProof::BeginsAt(Nanos order_ts, Nanos steady) const {
    const bool starting = phase_ == Phase::kStarting;
    if (options_.by_receipt && starting) return start_received_;
    // One that came before the stream flowed would have had this one at its heels.
    const bool whole = starting && steady - start_steady_ >= options_.settle;
    return options_.one_an_instant || whole ? order_ts : order_ts + 1;
}

void ConnectionProof::Go(Nanos at, Findings& out) {
    at = std::max(at, not_before_);
    if (!lost_.empty() && options_.records_gaps && at > from_) {
        Finding gap;
        gap.state = model::CoverageState::kOpen;
        gap.from = from_;
        gap.to = at;
        gap.reason = lost_;
        out.push_back(gap);
    }
    lost_ = {};
    phase_ = Phase::kLive;
    from_ = std::max(from_, at);
    last_ts_ = 0;
}

// Everything before this has been seen.
Nanos ConnectionProof::Seen(const Watermark& mark, Nanos steady) const {
    if (options_.by_receipt) return mark.last_received + 1;
    const bool settled = steady - last_steady_ >= options_.settle;
    return std::max(last_ts_ + (settled ? 1 : 0), mark.seen_slack_ago);
}

void ConnectionProof::Break(
    std::string_view reason, const Watermark& mark, Nanos steady, Nanos not_before, Findings& out
) {
    if (phase_ == Phase::kStarting && options_.by_receipt) Go(start_received_, out);
    if (phase_ == Phase::kLive) {
        ClaimTo(Seen(mark, steady), not_before, out);
        lost_ = reason;
    }
    phase_ = Phase::kIdle;
}

void ConnectionProof::Lose(std::string_view reason) {
    if (phase_ == Phase::kLive) {
        lost_ = reason;
        // What was lost may share its instant with what comes next.
        not_before_ = std::max(not_before_, last_ts_ + 1);
    }
    phase_ = Phase::kIdle;
}

void ConnectionProof::Collect(
    const Watermark& mark, Nanos steady, Nanos not_before, Findings& out
) {
    if (phase_ == Phase::kStarting) {
        // Whatever the venue sent before it acknowledged has arrived by the time that slack has
        // passed.
        if (options_.by_receipt) {
            Go(start_received_, out);
        } else if (mark.seen_slack_ago > 0 && mark.seen_slack_ago_at >= start_steady_) {
            Go(mark.seen_slack_ago + 1, out);
        }
    }
    if (phase_ == Phase::kLive) ClaimTo(Seen(mark, steady), not_before, out);
}

void ConnectionProof::ClaimTo(Nanos to, Nanos not_before, Findings& out) {
    from_ = std::max(from_, not_before);
    if (to <= from_) return;
    Finding claim;
    claim.from = from_;
    claim.to = to;
    out.push_back(claim);
    from_ = to;
}

}  // namespace mp::collector
