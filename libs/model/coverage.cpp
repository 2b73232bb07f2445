#include "model/coverage.hpp"

#include <algorithm>
#include <cstddef>
#include <queue>
#include <span>
#include <tuple>

namespace mp::model {
namespace {

bool IsComplete(CoverageState state) {
    return state == CoverageState::kComplete || state == CoverageState::kRepaired;
}

// How much a claim weighs against others over the same instant.
enum class Weight : uint8_t { kRecord, kConnection, kDenial, kRepair, kProvenRepair, kProof };

Weight WeightOf(CoverageState state, CoverageBasis basis) {
    const bool sequence = basis == CoverageBasis::kSequence;
    switch (state) {
        case CoverageState::kComplete:
            return sequence ? Weight::kProof : Weight::kConnection;
        case CoverageState::kRepaired:
            return sequence ? Weight::kProvenRepair : Weight::kRepair;
        default:
            return sequence ? Weight::kDenial : Weight::kRecord;
    }
}

// Which of two claims over one instant counts: the greater.
auto Strength(const CoverageSpan& claim) {
    return std::tuple{
        WeightOf(claim.state, claim.basis),
        IsComplete(claim.state) ? Nanos{0} : claim.detected_ts,
        claim.state == CoverageState::kUnrepairable,
    };
}

// A part of the range and the claim that counts there, or null where nothing is claimed.
struct Piece {
    Interval interval;
    const CoverageSpan* claim;
};

std::vector<Nanos> Boundaries(std::span<const CoverageSpan* const> claims, Interval range) {
    std::vector<Nanos> times{range.from, range.to};
    for (const CoverageSpan* claim : claims) {
        times.push_back(std::max(claim->interval.from, range.from));
        times.push_back(std::min(claim->interval.to, range.to));
    }
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
    return times;
}

// `range` cut so that one claim counts in each piece; neighbours have different claims.
std::vector<Piece> Resolve(std::span<const CoverageSpan> all, Interval range) {
    std::vector<Piece> pieces;
    if (range.empty()) return pieces;
    std::vector<const CoverageSpan*> claims;
    for (const CoverageSpan& claim : all) {
        if (!Intersect(claim.interval, range).empty()) claims.push_back(&claim);
    }
    std::sort(claims.begin(), claims.end(), [](const CoverageSpan* a, const CoverageSpan* b) {
        return a->interval.from < b->interval.from;
    });
    const std::vector<Nanos> times = Boundaries(claims, range);

    const auto weaker = [](const CoverageSpan* a, const CoverageSpan* b) {
        return Strength(*a) < Strength(*b);
    };
    std::priority_queue<const CoverageSpan*, std::vector<const CoverageSpan*>, decltype(weaker)>
        open(weaker);
    size_t next = 0;
    for (size_t i = 0; i + 1 < times.size(); ++i) {
        while (next < claims.size() && claims[next]->interval.from <= times[i]) {
            open.push(claims[next++]);
        }
        while (!open.empty() && open.top()->interval.to <= times[i]) open.pop();
        const CoverageSpan* const claim = open.empty() ? nullptr : open.top();
        if (!pieces.empty() && pieces.back().claim == claim) {
            pieces.back().interval.to = times[i + 1];
        } else {
            pieces.push_back({{times[i], times[i + 1]}, claim});
        }
    }
    return pieces;
}

std::optional<uint64_t> MissingOf(const Piece& piece) {
    return piece.interval == piece.claim->interval ? piece.claim->missing : std::nullopt;
}

std::optional<uint64_t> Sum(std::optional<uint64_t> a, std::optional<uint64_t> b) {
    if (!a || !b) return std::nullopt;
    return *a + *b;
}

Gap GapOf(const Piece& piece) {
    if (piece.claim == nullptr) {
        return {piece.interval, CoverageState::kOpen, std::string(kCollectorLost), std::nullopt};
    }
    return {piece.interval, piece.claim->state, piece.claim->reason, MissingOf(piece)};
}

CoverageSpan SpanOf(const Piece& piece) {
    CoverageSpan span = *piece.claim;
    if (piece.interval.from != span.interval.from) span.from_id.reset();
    if (piece.interval.to != span.interval.to) span.to_id.reset();
    span.missing = MissingOf(piece);
    span.interval = piece.interval;
    return span;
}

bool SaysTheSame(const CoverageSpan& a, const CoverageSpan& b) {
    return a.interval.to == b.interval.from && a.state == b.state && a.basis == b.basis &&
           a.reason == b.reason;
}

void Join(const CoverageSpan& next, CoverageSpan& span) {
    span.interval.to = next.interval.to;
    span.to_id = next.to_id;
    span.missing = Sum(span.missing, next.missing);
    span.detected_ts = std::max(span.detected_ts, next.detected_ts);
    if (span.source != next.source) span.source.clear();
}

}  // namespace

void CoverageSet::Add(const Coverage& claim) {
    const Interval interval{claim.from_ts, claim.to_ts};
    if (interval.empty() || claim.state == CoverageState::kUnspecified) return;
    claims_.push_back({
        interval,
        claim.from_id,
        claim.to_id,
        claim.basis,
        claim.state,
        std::string(claim.reason),
        claim.missing,
        claim.detected_ts,
        std::string(claim.source),
    });
    const Weight weight = WeightOf(claim.state, claim.basis);
    if (weight > Weight::kDenial) {
        proven_.Add(interval);
        complete_.Add(interval);
    } else if (weight == Weight::kConnection) {
        for (const Interval& part : denied_.Gaps(interval)) complete_.Add(part);
    } else if (weight == Weight::kDenial) {
        denied_.Add(interval);
        for (const Interval& part : proven_.Gaps(interval)) complete_.Subtract(part);
    }
}

std::vector<Gap> CoverageSet::Gaps(Interval range) const {
    std::vector<Gap> gaps;
    for (const Piece& piece : Resolve(claims_, range)) {
        if (piece.claim != nullptr && IsComplete(piece.claim->state)) continue;
        Gap gap = GapOf(piece);
        if (!gaps.empty() && gaps.back().interval.to == gap.interval.from &&
            gaps.back().state == gap.state && gaps.back().reason == gap.reason) {
            gaps.back().interval.to = gap.interval.to;
            gaps.back().missing = Sum(gaps.back().missing, gap.missing);
        } else {
            gaps.push_back(std::move(gap));
        }
    }
    return gaps;
}

std::vector<CoverageSpan> CoverageSet::Merged(Interval range) const {
    std::vector<CoverageSpan> spans;
    for (const Piece& piece : Resolve(claims_, range)) {
        if (piece.claim == nullptr) continue;
        CoverageSpan span = SpanOf(piece);
        if (!spans.empty() && SaysTheSame(spans.back(), span)) {
            Join(span, spans.back());
        } else {
            spans.push_back(std::move(span));
        }
    }
    return spans;
}

}  // namespace mp::model
