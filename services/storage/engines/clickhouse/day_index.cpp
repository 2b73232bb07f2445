#include "storage/engines/clickhouse/day_index.hpp"

#include <algorithm>
#include <limits>

namespace mp::storage::clickhouse {
namespace {

constexpr Nanos kDay = 86'400 * kSecond;

}  // namespace

DayNumber DayOf(Nanos time) {
    const DayNumber day = time / kDay;
    return time % kDay < 0 ? day - 1 : day;
}

Nanos FirstOf(DayNumber day) {
    constexpr Nanos kMin = std::numeric_limits<Nanos>::min();
    return day <= DayOf(kMin) ? kMin : day * kDay;
}

Nanos LastOf(DayNumber day) {
    constexpr Nanos kMax = std::numeric_limits<Nanos>::max();
    return day >= DayOf(kMax) ? kMax : (day + 1) * kDay - 1;
}

DayIndex::Days DayIndex::Between(Nanos from, Nanos to) const {
    const MutexLock lock(mutex_);
    Days days;
    if (from > to) return days;
    const auto end = days_.upper_bound(DayOf(to));
    for (auto day = days_.lower_bound(DayOf(from)); day != end; ++day) {
        if (day->second.first <= to && day->second.last >= from) days.push_back(*day);
    }
    return days;
}

DayIndex::Days DayIndex::All() const {
    const MutexLock lock(mutex_);
    return {days_.begin(), days_.end()};
}

std::optional<Day> DayIndex::Find(DayNumber day) const {
    const MutexLock lock(mutex_);
    const auto found = days_.find(day);
    if (found == days_.end()) return std::nullopt;
    return found->second;
}

void DayIndex::Widen(Nanos first, Nanos last, uint64_t revision) {
    const MutexLock lock(mutex_);
    for (DayNumber day = DayOf(first); day <= DayOf(last); ++day) {
        const Nanos from = std::max(first, FirstOf(day));
        const Nanos to = std::min(last, LastOf(day));
        const auto [entry, fresh] = days_.try_emplace(day, Day{0, from, to, revision});
        if (fresh) continue;
        entry->second.changed = std::max(entry->second.changed, revision);
        entry->second.first = std::min(entry->second.first, from);
        entry->second.last = std::max(entry->second.last, to);
    }
}

void DayIndex::Need(DayNumber day, uint64_t revision) {
    const MutexLock lock(mutex_);
    const auto entry = days_.find(day);
    if (entry != days_.end()) entry->second.changed = std::max(entry->second.changed, revision);
}

void DayIndex::Set(DayNumber day, const Day& value) {
    const MutexLock lock(mutex_);
    days_[day] = value;
}

void DayIndex::Add(DayNumber day, int64_t events) {
    const MutexLock lock(mutex_);
    const auto entry = days_.find(day);
    if (entry == days_.end()) return;
    uint64_t& count = entry->second.events;
    if (events < 0) {
        count -= std::min(count, static_cast<uint64_t>(-events));
    } else {
        count += static_cast<uint64_t>(events);
    }
}

void DayIndex::Erase(DayNumber day) {
    const MutexLock lock(mutex_);
    days_.erase(day);
}

void DayIndex::Clear() {
    const MutexLock lock(mutex_);
    days_.clear();
}

}  // namespace mp::storage::clickhouse
