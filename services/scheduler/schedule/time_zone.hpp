#pragma once
// A place's clock: which offset from UTC holds when. Values are small and share the zone database
// of the process, which is read from the system (package tzdata). Thread-safe.

#include <cstdint>
#include <string>

#include "base/status.hpp"

namespace date {
class time_zone;
}

namespace mp::scheduler {

class TimeZone {
  public:
    // A stretch of time with one offset. Seconds; instants since the Unix epoch, UTC.
    struct Period {
        int64_t begin = 0;
        int64_t end = 0;  // exclusive
        int64_t offset = 0;
        int64_t offset_before = 0;  // of the stretch that ended at `begin`
    };

    // "UTC", or a name of the database such as "Europe/Berlin". InvalidArgument otherwise.
    static Result<TimeZone> Find(const std::string& name);

    // The stretch that contains `utc_seconds`.
    Period At(int64_t utc_seconds) const;

  private:
    explicit TimeZone(const date::time_zone* zone) : zone_(zone) {}

    const date::time_zone* zone_;  // the database's, lives as long as the process; null: UTC
};

}  // namespace mp::scheduler
