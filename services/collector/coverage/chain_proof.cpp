#include "collector/coverage/chain_proof.hpp"

#include <algorithm>

namespace mp::collector {

ChainPlace ChainProof::PlaceOf(const ChainLink& link) const {
    if (!begun_ || !link.Numbered()) return ChainPlace::kUnknown;
    if (Renumbers(link)) return ChainPlace::kNext;
    if (link.last <= last_id_) return ChainPlace::kRepeat;
    return link.Continues(last_id_) ? ChainPlace::kNext : ChainPlace::kAhead;
}

void ChainProof::OnEvent(
    Nanos order_ts, const ChainLink& link, Nanos steady, std::string_view reason, Findings& out
) {
    if (!link.Numbered() || Renumbers(link)) {
        // Proven by other means than by counting.
    } else if (link.last <= last_id_) {
        // A repeat, unless time went on while the numbers went back.
        if (order_ts <= last_ts_) return;
        Jump(order_ts, link, gap_reason::kSequenceReset, out);
    } else if (!link.Continues(last_id_)) {
        Jump(order_ts, link, reason, out);
    }
    Advance(order_ts, link, steady);
}

// The venue began to count anew and says so.
bool ChainProof::Renumbers(const ChainLink& link) const {
    return link.previous == last_id_ && link.last < last_id_;
}

void ChainProof::Begin(
    Nanos order_ts, const ChainLink& link, Nanos from, Nanos steady, Findings& out
) {
    // What was lost may share its instant with this event.
    const Nanos at = lost_.empty() ? from : std::max(from, last_ts_ + 1);
    if (!lost_.empty() && at > from_) {
        Finding gap;
        gap.basis = model::CoverageBasis::kSequence;
        gap.state = model::CoverageState::kOpen;
        gap.from = from_;
        gap.to = at;
        gap.reason = lost_;
        out.push_back(gap);
    }
    lost_ = {};
    begun_ = true;
    from_ = std::max(from_, at);
    from_id_ = link.first;
    last_ts_ = order_ts;
    earlier_id_ = link.first > 0 ? link.first - 1 : 0;
    Advance(order_ts, link, steady);
}

// What is missing lies somewhere between the two events, either one's instant included.
void ChainProof::Jump(
    Nanos order_ts, const ChainLink& link, std::string_view reason, Findings& out
) {
    ClaimTo(std::min(last_ts_, order_ts), earlier_id_, out);
    Finding gap;
    gap.basis = model::CoverageBasis::kSequence;
    gap.state = model::CoverageState::kOpen;
    gap.from = std::max(from_, std::min(last_ts_, order_ts));
    gap.to = std::max({last_ts_, order_ts, from_}) + 1;
    gap.reason = reason;
    if (link.first > last_id_ + 1) {
        gap.from_id = last_id_ + 1;
        gap.to_id = link.first - 1;
        if (!link.previous) gap.missing = link.first - last_id_ - 1;
    }
    out.push_back(gap);
    from_ = gap.to;
    from_id_ = link.last + 1;
    last_ts_ = order_ts;
    earlier_id_ = link.last;
}

void ChainProof::Advance(Nanos order_ts, const ChainLink& link, Nanos steady) {
    if (order_ts > last_ts_) {
        earlier_id_ = last_id_;
        last_ts_ = order_ts;
    }
    last_id_ = link.last;
    last_steady_ = steady;
}

void ChainProof::Lose(std::string_view reason) {
    if (!begun_) return;
    begun_ = false;
    lost_ = reason;
}

void ChainProof::Interrupt(std::string_view reason, Findings& out) {
    if (!begun_) return;
    ClaimTo(last_ts_, earlier_id_, out);
    Lose(reason);
}

bool ChainProof::Resumes(const ChainLink& link, Nanos steady) {
    if (lost_.empty() || !link.Numbered() || link.last != last_id_) return false;
    begun_ = true;
    lost_ = {};
    last_steady_ = steady;
    return true;
}

void ChainProof::Collect(Nanos steady, Nanos settle, Findings& out) {
    if (!begun_) return;
    if (steady >= last_steady_ && steady - last_steady_ >= settle) {
        ClaimTo(last_ts_ + 1, last_id_, out);
    } else {
        ClaimTo(last_ts_, earlier_id_, out);
    }
}

void ChainProof::ClaimTo(Nanos to, uint64_t to_id, Findings& out) {
    if (to <= from_) return;
    Finding claim;
    claim.basis = model::CoverageBasis::kSequence;
    claim.from = from_;
    claim.to = to;
    if (to_id >= from_id_ && to_id > 0) {
        claim.from_id = from_id_;
        claim.to_id = to_id;
        from_id_ = to_id + 1;
    }
    out.push_back(claim);
    from_ = to;
}

}  // namespace mp::collector
