#include "model/interval_set.hpp"

#include <algorithm>

namespace mp::model {

Interval Intersect(const Interval& a, const Interval& b) {
    const Interval both{std::max(a.from, b.from), std::min(a.to, b.to)};
    return both.empty() ? Interval{} : both;
}

void IntervalSet::Add(Interval interval) {
    if (interval.empty()) return;
    // All that overlap or touch become one.
    const auto first = std::lower_bound(
        intervals_.begin(),
        intervals_.end(),
        interval.from,
        [](const Interval& i, Nanos from) { return i.to < from; }
    );
    const auto last =
        std::upper_bound(first, intervals_.end(), interval.to, [](Nanos to, const Interval& i) {
            return to < i.from;
        });
    if (first == last) {
        intervals_.insert(first, interval);
        return;
    }
    first->from = std::min(first->from, interval.from);
    first->to = std::max((last - 1)->to, interval.to);
    intervals_.erase(first + 1, last);
}

void IntervalSet::Subtract(Interval interval) {
    if (interval.empty()) return;
    std::vector<Interval> left;
    left.reserve(intervals_.size() + 1);
    for (const Interval& i : intervals_) {
        const Interval before{i.from, std::min(i.to, interval.from)};
        const Interval after{std::max(i.from, interval.to), i.to};
        if (!before.empty()) left.push_back(before);
        if (!after.empty()) left.push_back(after);
    }
    intervals_ = std::move(left);
}

bool IntervalSet::Covers(Interval interval) const {
    return interval.empty() || Within(interval) == std::vector<Interval>{interval};
}

bool IntervalSet::Contains(Nanos time) const {
    const auto after = std::upper_bound(
        intervals_.begin(),
        intervals_.end(),
        time,
        [](Nanos t, const Interval& i) { return t < i.to; }
    );
    return after != intervals_.end() && after->from <= time;
}

std::vector<Interval> IntervalSet::Within(Interval range) const {
    std::vector<Interval> parts;
    auto i = std::upper_bound(
        intervals_.begin(),
        intervals_.end(),
        range.from,
        [](Nanos from, const Interval& interval) { return from < interval.to; }
    );
    for (; i != intervals_.end() && i->from < range.to; ++i) {
        const Interval part = Intersect(*i, range);
        if (!part.empty()) parts.push_back(part);
    }
    return parts;
}

std::vector<Interval> IntervalSet::Gaps(Interval range) const {
    std::vector<Interval> gaps;
    for (const Interval& part : Within(range)) {
        if (range.from < part.from) gaps.push_back({range.from, part.from});
        range.from = part.to;
    }
    if (!range.empty()) gaps.push_back(range);
    return gaps;
}

}  // namespace mp::model
