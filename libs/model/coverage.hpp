#pragma once
// What a series' coverage claims add up to. Completeness is claimed, never assumed: what no
// complete or repaired claim covers is a gap. Where numbers prove that something is missing, a
// claim that only a connection speaks for does not count.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.hpp"
#include "model/interval_set.hpp"

namespace mp::model {

// The reason of a gap that nobody recorded: its collector died before it could.
inline constexpr std::string_view kCollectorLost = "collector_lost";

struct Gap {
    Interval interval;
    CoverageState state = CoverageState::kOpen;  // kOpen | kUnrepairable
    std::string reason;
    std::optional<uint64_t> missing;

    friend bool operator==(const Gap&, const Gap&) = default;
};

// One claim, or several that say the same about touching intervals, with its texts owned.
struct CoverageSpan {
    Interval interval;
    std::optional<uint64_t> from_id;  // known where `interval` begins (ends) where a claim does
    std::optional<uint64_t> to_id;
    CoverageBasis basis = CoverageBasis::kUnspecified;
    CoverageState state = CoverageState::kUnspecified;
    std::string reason;
    std::optional<uint64_t> missing;
    Nanos detected_ts = 0;  // the latest
    std::string source;     // empty where several claims are one span

    friend bool operator==(const CoverageSpan&, const CoverageSpan&) = default;
};

// The claims of one series. Not thread-safe; copies what it is given.
class CoverageSet {
  public:
    // Claims may come in any order and overlap. An empty interval or an unspecified state says
    // nothing.
    void Add(const Coverage& claim);

    bool Complete(Interval range) const { return complete_.Covers(range); }

    // What of `range` nothing claims to be complete, ascending. State, reason and missing come from
    // the open or unrepairable record over that part, the latest detected where several are;
    // without one it is open, kCollectorLost. `missing` is known only where a gap is a whole
    // record.
    std::vector<Gap> Gaps(Interval range) const;

    // Everything claimed about `range`, ascending, without overlaps. Over one instant the strongest
    // claim counts: complete by sequence, repaired, a gap proven by sequence, complete by
    // connection, then the other records as in Gaps. Touching claims that say the same are one
    // span. Unclaimed parts are left out.
    std::vector<CoverageSpan> Merged(Interval range) const;

    const IntervalSet& complete() const { return complete_; }

  private:
    std::vector<CoverageSpan> claims_;
    IntervalSet proven_;    // complete by sequence, or repaired
    IntervalSet denied_;    // missing by sequence
    IntervalSet complete_;  // proven, or claimed and not denied
};

}  // namespace mp::model
