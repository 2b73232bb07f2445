#pragma once
// On which days a series has events, and how many: what readers need to ask for pieces of the right
// size. A day is known before the first row of it is written, so a day that is not here has none.
// Thread-safe.

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/mutex.hpp"
#include "base/time.hpp"
#include "model/interval_set.hpp"

namespace mp::storage::clickhouse {

using DayNumber = int64_t;  // days since the epoch

DayNumber DayOf(Nanos time);
// The instants of a day that an int64 can tell.
Nanos FirstOf(DayNumber day);
Nanos LastOf(DayNumber day);

struct Day {
    uint64_t events = 0;
    Nanos first = 0;  // no event is before, nor behind `last`
    Nanos last = 0;
    uint64_t changed = 0;  // the revision of its last change

    friend bool operator==(const Day&, const Day&) = default;
};

class DayIndex {
  public:
    using Days = std::vector<std::pair<DayNumber, Day>>;

    // The days that may have events inside [from, to], ascending.
    Days Between(Nanos from, Nanos to) const ABSL_LOCKS_EXCLUDED(mutex_);
    Days All() const ABSL_LOCKS_EXCLUDED(mutex_);
    std::optional<Day> Find(DayNumber day) const ABSL_LOCKS_EXCLUDED(mutex_);

    // Makes room for events at these times, which this revision is about to store.
    void Widen(Nanos first, Nanos last, uint64_t revision) ABSL_LOCKS_EXCLUDED(mutex_);
    // Whoever reads the day needs what is stored up to this revision.
    void Need(DayNumber day, uint64_t revision) ABSL_LOCKS_EXCLUDED(mutex_);
    void Set(DayNumber day, const Day& value) ABSL_LOCKS_EXCLUDED(mutex_);
    void Add(DayNumber day, int64_t events) ABSL_LOCKS_EXCLUDED(mutex_);
    void Erase(DayNumber day) ABSL_LOCKS_EXCLUDED(mutex_);
    void Clear() ABSL_LOCKS_EXCLUDED(mutex_);

  private:
    mutable Mutex mutex_;
    std::map<DayNumber, Day> days_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mp::storage::clickhouse
