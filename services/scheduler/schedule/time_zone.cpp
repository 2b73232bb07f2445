#include "scheduler/schedule/time_zone.hpp"

#include <chrono>
#include <date/tz.h>
#include <exception>
#include <limits>

namespace mp::scheduler {
namespace {

using std::chrono::seconds;

// Far beyond any schedule, and safe to add an offset to.
constexpr int64_t kForEver = std::numeric_limits<int64_t>::max() / 4;
constexpr int64_t kBeforeHistory = -kForEver;
// Transitions of the database lie after this; the first stretch has nothing before it.
constexpr int64_t kFirstTransition = -10'000'000'000;

}  // namespace

Result<TimeZone> TimeZone::Find(const std::string& name) {
    if (name == "UTC") return TimeZone(nullptr);
    try {
        return TimeZone(date::locate_zone(name));
    } catch (const std::exception&) {
        return absl::InvalidArgumentError(
            "time zone '" + name + "' is not in the system's database (Europe/Berlin, UTC, ...)"
        );
    }
}

TimeZone::Period TimeZone::At(int64_t utc_seconds) const {
    if (zone_ == nullptr) return {kBeforeHistory, kForEver, 0, 0};
    const date::sys_info info = zone_->get_info(date::sys_seconds(seconds(utc_seconds)));
    Period period;
    period.begin = info.begin.time_since_epoch().count();
    period.end = info.end.time_since_epoch().count();
    period.offset = info.offset.count();
    period.offset_before = period.offset;
    if (period.begin > kFirstTransition) {
        period.offset_before = zone_->get_info(info.begin - seconds(1)).offset.count();
    }
    return period;
}

}  // namespace mp::scheduler
