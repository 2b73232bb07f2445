#include "gateway/candles/candle_marks.hpp"

#include <algorithm>
#include <vector>

#include "base/hash.hpp"

namespace mp::gateway {
namespace {

namespace pb = marketprism::v1;

constexpr Nanos kClaimsAreStored = 2 * kSecond;
constexpr Nanos kForgotten = 300 * kSecond;

Nanos DayOf(Nanos time) {
    return model::CandleInterval::OneDay().OpenOf(time);
}
Nanos EndOfDay(Nanos time) {
    return model::CandleInterval::OneDay().CloseOf(time);
}

}  // namespace

CandleMarks::Key CandleMarks::KeyOf(const pb::Candle& bar) const {
    if (counted()) return {DayOf(bar.open_time()), bar.number()};
    return {bar.open_time(), 0};
}

// Where counting has to begin to find the bar that holds `time`, or that it makes longer.
Nanos CandleMarks::FirstOfDay(Nanos time) const {
    const Nanos day = DayOf(time);
    Nanos first = day;
    for (auto it = given_.lower_bound({day, 0}); it != given_.end(); ++it) {
        if (it->first.time != day || it->second.time.from > time) break;
        first = it->second.time.from;
    }
    return first;
}

model::Interval CandleMarks::BarsOf(model::Interval time) const {
    if (counted()) {
        // Which trades of a second count is decided by all of them.
        const Nanos second = time.from - (time.from % kSecond + kSecond) % kSecond;
        return {FirstOfDay(second), EndOfDay(time.to - 1)};
    }
    const auto& interval = std::get<model::CandleInterval>(interval_);
    return {interval.OpenOf(time.from), interval.CloseOf(time.to - 1)};
}

void CandleMarks::Change(model::Interval time) {
    if (!time.empty()) Add(BarsOf(time));
}

void CandleMarks::Claim(model::Interval time, bool repaired) {
    const Nanos before = claimed_to_;
    claimed_to_ = std::max(claimed_to_, time.to);
    std::vector<model::Interval> due;
    for (const Key& key : open_) {
        const Given& bar = given_.at(key);
        const bool overlaps = bar.time.from < time.to && time.from < bar.time.to;
        const Nanos day_over = counted() ? EndOfDay(bar.time.from) : bar.time.to;
        const bool reached = (bar.time.to > before && bar.time.to <= claimed_to_) ||
                             (day_over > before && day_over <= claimed_to_);
        if (reached || (repaired && overlaps)) due.push_back(bar.time);
    }
    for (const model::Interval& bar : due) Change(bar);
}

void CandleMarks::Doubt(model::Interval time) {
    for (const auto& [key, bar] : given_) {
        if (bar.time.from < time.to && time.from < bar.time.to) Change(bar.time);
    }
}

void CandleMarks::Recheck(Nanos now) {
    std::vector<model::Interval> due;
    for (const Key& key : open_) {
        const model::Interval& bar = given_.at(key).time;
        const Nanos over = counted() ? EndOfDay(bar.from) : bar.to;
        if (over < now - kClaimsAreStored && over > now - kForgotten) due.push_back(bar);
    }
    for (const model::Interval& bar : due) Change(bar);
}

void CandleMarks::Add(model::Interval bars) {
    auto next = changed_.upper_bound(bars.from);
    if (next != changed_.begin() && std::prev(next)->second >= bars.from) --next;
    while (next != changed_.end() && next->first <= bars.to) {
        bars = {std::min(bars.from, next->first), std::max(bars.to, next->second)};
        next = changed_.erase(next);
    }
    changed_.emplace(bars.from, bars.to);
    if (changed_.size() <= kMaxRanges) return;
    const model::Interval all{changed_.begin()->first, changed_.rbegin()->second};
    changed_.clear();
    changed_.emplace(all.from, all.to);
}

std::optional<model::Interval> CandleMarks::Take() {
    if (changed_.empty()) return std::nullopt;
    const auto [from, to] = *changed_.begin();
    changed_.erase(changed_.begin());
    return model::Interval{from, to};
}

std::optional<uint64_t> CandleMarks::Give(const pb::Candle& bar) {
    const Key key = KeyOf(bar);
    const uint64_t hash = Fnv1a(bar.SerializeAsString());
    Given& given = given_[key];
    if (given.revision != 0 && given.hash == hash) return std::nullopt;
    given.time = {bar.open_time(), bar.close_time()};
    given.hash = hash;
    given.final = bar.complete();
    if (given.final) {
        open_.erase(key);
    } else {
        open_.insert(key);
    }
    const uint64_t revision = ++given.revision;
    if (given_.size() > kMaxGiven) {
        open_.erase(given_.begin()->first);
        given_.erase(given_.begin());
    }
    return revision;
}

}  // namespace mp::gateway
