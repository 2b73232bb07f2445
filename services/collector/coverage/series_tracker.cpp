#include "collector/coverage/series_tracker.hpp"

#include <algorithm>

namespace mp::collector {
namespace {

// Findings that wait for Collect. A venue whose numbers jump all the time must not fill the memory:
// beyond this, gaps are joined.
constexpr size_t kMaxPending = 256;

void JoinLast(Findings& pending) {
    Finding& last = pending.back();
    Finding& before = pending[pending.size() - 2];
    before.state = std::max(before.state, last.state);
    before.to = std::max(before.to, last.to);
    before.reason = before.reason.empty() ? last.reason : before.reason;
    before.missing.reset();
    before.from_id.reset();
    before.to_id.reset();
    pending.pop_back();
}

}  // namespace

void SeriesTracker::OnEvent(Nanos order_ts, const ChainLink* link, Nanos steady) {
    if (interrupted_) return;
    if (options_.chained && link != nullptr && !chain_.begun()) {
        BeginChain(order_ts, *link, steady);
    } else if (options_.chained && link != nullptr) {
        const std::string_view reason =
            break_reason_.empty() ? gap_reason::kSequenceGap : break_reason_;
        chain_.OnEvent(order_ts, *link, steady, reason, pending_);
    }
    break_reason_ = {};
    connection_.OnEvent(order_ts, steady, pending_);
    while (pending_.size() > kMaxPending) JoinLast(pending_);
}

// Up to its first event the connection speaks for the series, where it has begun to.
void SeriesTracker::BeginChain(Nanos order_ts, const ChainLink& link, Nanos steady) {
    Nanos from = connection_.BeginsAt(order_ts, steady);
    if (connection_.live()) {
        connection_.ProveTo(order_ts, pending_);
        from = connection_.claimed_to();
    }
    chain_.Begin(order_ts, link, from, steady, pending_);
}

void SeriesTracker::Break(std::string_view reason, const Watermark& mark, Nanos steady) {
    if (interrupted_) return;
    break_reason_ = reason;
    if (options_.chained) {
        chain_.Collect(steady, options_.settle, pending_);
        chain_.Break();
    }
    connection_.Break(reason, mark, steady, chain_.decided_to(), pending_);
    if (options_.seeded) Interrupt(reason);
}

void SeriesTracker::Interrupt(std::string_view reason) {
    if (interrupted_) return;
    interrupted_ = true;
    chain_.Interrupt(reason, pending_);
    connection_.Lose(reason);
}

void SeriesTracker::Resume(Nanos order_ts, const ChainLink* link, Nanos received_ts, Nanos steady) {
    interrupted_ = false;
    break_reason_ = {};
    if (options_.chained && link != nullptr && !chain_.Resumes(*link, steady)) {
        BeginChain(order_ts, *link, steady);
    }
    connection_.Start(received_ts, steady);
    connection_.OnEvent(order_ts, steady, pending_);
}

void SeriesTracker::Lose(std::string_view reason) {
    chain_.Lose(reason);
    connection_.Lose(reason);
}

void SeriesTracker::Collect(const Watermark& mark, Nanos steady, Findings& out) {
    if (options_.chained) chain_.Collect(steady, options_.settle, pending_);
    connection_.Collect(mark, steady, chain_.decided_to(), pending_);
    for (const Finding& finding : pending_) {
        if (finding.state == model::CoverageState::kOpen) ++gaps_;
    }
    out.insert(out.end(), pending_.begin(), pending_.end());
    pending_.clear();
}

}  // namespace mp::collector
