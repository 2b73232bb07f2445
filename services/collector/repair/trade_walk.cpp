#include "collector/repair/trade_walk.hpp"

#include <algorithm>

namespace mp::collector {
namespace {

// A venue may tell the newest trades to others a little earlier than to who asks for the past.
constexpr Nanos kAnswersLag = 60 * kSecond;
constexpr int kMaxStepsBack = 3;
constexpr uint64_t kStepBack = 100;  // then ten times as many

}  // namespace

void TradeWalk::Take(
    std::span<const PastTrade> page,
    bool newest,
    Nanos asked_at,
    std::vector<model::Event>& events,
    Findings& findings
) {
    if (!anchored_ && !page.empty()) {
        const PastTrade& first = page.front();
        const bool before = first.event.order_ts < gap_.from && first.number == next_;
        if (!before && first.number == next_ && StepBack()) return;
        anchored_ = before;
        if (anchored_) from_id_ = next_;
    }
    for (const PastTrade& trade : page) {
        if (done()) return;
        if (trade.number >= next_) TakeTrade(trade, events, findings);
    }
    if (!anchored_ || done()) return;
    // The last instant may go on behind the page.
    Repair(std::min(last_ts_, gap_.to - 1), earlier_id_, findings);
    const bool settled = newest && asked_at >= gap_.to + kAnswersLag;
    if (settled) Repair(gap_.to, before_end_, findings);
}

// The trade that was believed to lie before the gap does not.
bool TradeWalk::StepBack() {
    if (steps_back_ == kMaxStepsBack || next_ <= 1) return false;
    uint64_t step = kStepBack;
    for (int i = 0; i < steps_back_; ++i) step *= 10;
    ++steps_back_;
    next_ = next_ > step ? next_ - step : 1;
    return true;
}

void TradeWalk::TakeTrade(
    const PastTrade& trade, std::vector<model::Event>& events, Findings& findings
) {
    const Nanos time = trade.event.order_ts;
    if (!anchored_ || trade.number > next_) Hole(trade, findings);
    if (time > last_ts_) {
        earlier_id_ = trade.number - 1;
        last_ts_ = time;
    }
    next_ = trade.number + 1;
    if (time < gap_.from) {
        from_id_ = next_;
    } else if (time <= gap_.to) {
        events.push_back(trade.event);
    }
    if (time > gap_.to) Repair(gap_.to, before_end_, findings);
    if (time < gap_.to) before_end_ = trade.number;
}

// What lies between the trade before and this one is not to be had, either one's instant included.
void TradeWalk::Hole(const PastTrade& behind, Findings& findings) {
    const Nanos time = behind.event.order_ts;
    const bool expired = !anchored_;
    if (anchored_) Repair(last_ts_, earlier_id_, findings);
    anchored_ = true;
    if (time >= gap_.from) {
        Finding lost;
        lost.basis = model::CoverageBasis::kSequence;
        lost.state = model::CoverageState::kUnrepairable;
        lost.from = decided_to_;
        lost.to = std::min(std::max(time, last_ts_) + 1, gap_.to);
        lost.reason = expired ? gap_reason::kExpired : gap_reason::kVenueGap;
        if (behind.number > next_) {
            lost.from_id = next_;
            lost.to_id = behind.number - 1;
            lost.missing = behind.number - next_;
        }
        if (lost.to > lost.from) findings.push_back(lost);
        decided_to_ = std::max(decided_to_, lost.to);
    }
    from_id_ = behind.number + 1;
    last_ts_ = std::max(last_ts_, time);
    earlier_id_ = behind.number;
}

void TradeWalk::Repair(Nanos to, uint64_t last_id, Findings& findings) {
    to = std::min(to, gap_.to);
    if (to <= decided_to_) return;
    Finding repaired;
    repaired.basis = model::CoverageBasis::kSequence;
    repaired.state = model::CoverageState::kRepaired;
    repaired.from = decided_to_;
    repaired.to = to;
    if (last_id >= from_id_ && last_id > 0) {
        repaired.from_id = from_id_;
        repaired.to_id = last_id;
        from_id_ = last_id + 1;
    }
    findings.push_back(repaired);
    decided_to_ = to;
}

}  // namespace mp::collector
