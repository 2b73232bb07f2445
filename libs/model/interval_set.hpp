#pragma once
// Sets of points in time as sorted, disjoint, non-touching half-open intervals [from, to).

#include <span>
#include <vector>

#include "base/time.hpp"

namespace mp::model {

struct Interval {
    Nanos from = 0;
    Nanos to = 0;

    bool empty() const { return from >= to; }
    bool Contains(Nanos time) const { return from <= time && time < to; }
    friend bool operator==(const Interval&, const Interval&) = default;
};

// Empty where the two do not overlap.
Interval Intersect(const Interval& a, const Interval& b);

// Not thread-safe. Adding at the end, the usual case, costs O(1); elsewhere O(n).
class IntervalSet {
  public:
    void Add(Interval interval);
    void Subtract(Interval interval);

    bool Covers(Interval interval) const;  // an empty interval is always covered
    bool Contains(Nanos time) const;

    std::vector<Interval> Within(Interval range) const;  // the set's part of `range`
    std::vector<Interval> Gaps(Interval range) const;    // the rest of `range`

    std::span<const Interval> intervals() const { return intervals_; }

    friend bool operator==(const IntervalSet&, const IntervalSet&) = default;

  private:
    std::vector<Interval> intervals_;
};

}  // namespace mp::model
