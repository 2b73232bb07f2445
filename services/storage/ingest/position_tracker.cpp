#include "storage/ingest/position_tracker.hpp"

#include <algorithm>

namespace mp::storage {

void PositionTracker::Add(uint64_t sequence) {
    if (sequence == position_.floor + 1) {
        position_.floor = sequence;
        Absorb();
        return;
    }
    if (Contains(sequence)) return;
    auto& ranges = position_.beyond;
    const auto next = std::find_if(ranges.begin(), ranges.end(), [sequence](const auto& range) {
        return range.first > sequence;
    });
    const bool joins_next = next != ranges.end() && next->first == sequence + 1;
    const bool joins_last = next != ranges.begin() && std::prev(next)->second + 1 == sequence;
    if (joins_last && joins_next) {
        std::prev(next)->second = next->second;
        ranges.erase(next);
    } else if (joins_last) {
        std::prev(next)->second = sequence;
    } else if (joins_next) {
        next->first = sequence;
    } else {
        ranges.insert(next, {sequence, sequence});
    }
}

void PositionTracker::RaiseFloor(uint64_t sequence) {
    if (sequence <= position_.floor) return;
    position_.floor = sequence;
    Absorb();
}

void PositionTracker::Absorb() {
    auto& ranges = position_.beyond;
    while (!ranges.empty() && ranges.front().first <= position_.floor + 1) {
        position_.floor = std::max(position_.floor, ranges.front().second);
        ranges.erase(ranges.begin());
    }
}

bool PositionTracker::Contains(uint64_t sequence) const {
    if (sequence <= position_.floor) return true;
    return std::any_of(
        position_.beyond.begin(),
        position_.beyond.end(),
        [sequence](const auto& range) {
            return range.first <= sequence && sequence <= range.second;
        }
    );
}

uint64_t PositionTracker::highest() const {
    return position_.beyond.empty() ? position_.floor : position_.beyond.back().second;
}

uint64_t PositionTracker::holes() const {
    uint64_t marked = 0;
    for (const auto& [first, last] : position_.beyond) marked += last - first + 1;
    return highest() - floor() - marked;
}

std::vector<uint64_t> PositionTracker::Missing(uint64_t last, size_t limit) const {
    std::vector<uint64_t> missing;
    uint64_t next = position_.floor + 1;
    const auto add_before = [&](uint64_t end) {
        for (; next < end && next <= last && missing.size() < limit; ++next) {
            missing.push_back(next);
        }
    };
    for (const auto& [first, range_last] : position_.beyond) {
        add_before(first);
        next = std::max(next, range_last + 1);
    }
    add_before(last + 1);
    return missing;
}

}  // namespace mp::storage
