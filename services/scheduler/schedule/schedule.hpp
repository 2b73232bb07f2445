#pragma once
// When a job is due: "every 15m", or a cron expression in a time zone. Pure and immutable; every
// process computes the same due times, because intervals count from the Unix epoch.
//
// Where clocks are put forward, a cron schedule of fixed hours whose time does not exist that day
// is due at the first instant after; where they are put back, a time that comes twice counts once.
// Schedules that match in every hour follow elapsed time instead: nothing is added, nothing left
// out.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "scheduler/schedule/cron.hpp"
#include "scheduler/schedule/time_zone.hpp"

namespace mp::scheduler {

class Schedule {
  public:
    // Intervals are whole seconds. InvalidArgument says what is wrong.
    static Result<Schedule> Parse(std::string_view text, const std::string& time_zone);

    // The first due time after `after`; due times are whole seconds.
    Nanos Next(Nanos after) const;

    // The latest due time at or before `at`; nothing within the last 40 years: none.
    std::optional<Nanos> Last(Nanos at) const;

  private:
    struct Calendar {
        Cron cron;
        TimeZone zone;

        int64_t Next(int64_t from_second) const;
        bool SkippedByClocks(const TimeZone::Period& period) const;
    };

    explicit Schedule(Nanos interval) : rule_(interval) {}
    explicit Schedule(Calendar calendar) : rule_(calendar) {}

    std::variant<Nanos, Calendar> rule_;
};

}  // namespace mp::scheduler
