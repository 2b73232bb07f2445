#pragma once
// A cron expression of five fields: minute hour day-of-month month day-of-week. Pure calendar: it
// knows no time zone, its times are local minutes since 1970-01-01 00:00.
//
// A field is *, or a list of numbers, ranges a-b and steps */n a-b/n; months and days may be named
// (JAN, MON), Sunday is 0 or 7. When both days are restricted, either makes a match, as in every
// cron.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/status.hpp"

namespace mp::scheduler {

class Cron {
  public:
    // InvalidArgument names the field and what is wrong with it; also for dates that never come.
    static Result<Cron> Parse(std::string_view text);

    // The first match at or after `local_minute`.
    int64_t NextFrom(int64_t local_minute) const;

    // Matches in every hour of its days: such a schedule follows elapsed time where clocks change.
    bool every_hour() const { return hours_ == kAllHours; }

  private:
    static constexpr uint64_t kAllHours = (uint64_t{1} << 24) - 1;

    bool MatchesDay(int64_t day) const;
    // The first minute of the day at or after `minute`; nothing: none is left.
    std::optional<int64_t> NextInDay(int64_t minute) const;
    std::optional<int64_t> Search(int64_t local_minute) const;

    // A bit a value.
    uint64_t minutes_ = 0;
    uint64_t hours_ = 0;
    uint64_t days_of_month_ = 0;
    uint64_t months_ = 0;
    uint64_t days_of_week_ = 0;
    bool any_day_of_month_ = false;
    bool any_day_of_week_ = false;
};

}  // namespace mp::scheduler
