#include "scheduler/schedule/schedule.hpp"

#include <algorithm>

namespace mp::scheduler {
namespace {

constexpr std::string_view kEvery = "every ";
constexpr Nanos kHour = 3600 * kSecond;

int64_t FloorDiv(int64_t value, int64_t by) {
    return value / by - (value % by != 0 && value < 0 ? 1 : 0);
}

int64_t CeilDiv(int64_t value, int64_t by) {
    return -FloorDiv(-value, by);
}

}  // namespace

Result<Schedule> Schedule::Parse(std::string_view text, const std::string& time_zone) {
    const Result<TimeZone> zone = TimeZone::Find(time_zone);
    if (!zone.ok()) return zone.status();
    if (text.substr(0, kEvery.size()) == kEvery) {
        const Result<Duration> interval = ParseDuration(text.substr(kEvery.size()));
        if (!interval.ok()) return interval.status();
        if (interval->count() < kSecond || interval->count() % kSecond != 0) {
            return absl::InvalidArgumentError(
                "an interval is a whole number of seconds, at least 1s"
            );
        }
        return Schedule(Nanos{interval->count()});
    }
    const Result<Cron> cron = Cron::Parse(text);
    if (!cron.ok()) {
        return Annotate(cron.status(), "neither \"every <duration>\" nor a cron expression");
    }
    return Schedule(Calendar{*cron, *zone});
}

Nanos Schedule::Next(Nanos after) const {
    if (const Nanos* interval = std::get_if<Nanos>(&rule_)) {
        return (FloorDiv(after, *interval) + 1) * *interval;
    }
    return std::get<Calendar>(rule_).Next(FloorDiv(after, kSecond) + 1) * kSecond;
}

std::optional<Nanos> Schedule::Last(Nanos at) const {
    if (const Nanos* interval = std::get_if<Nanos>(&rule_)) {
        return FloorDiv(at, *interval) * *interval;
    }
    // Looks back ever further until something is found, then walks forward from there.
    for (Nanos window = kHour; window < 400'000 * kHour; window *= 8) {
        Nanos due = Next(at - window);
        if (due > at) continue;
        for (Nanos next = Next(due); next <= at; next = Next(next)) due = next;
        return due;
    }
    return std::nullopt;
}

int64_t Schedule::Calendar::Next(int64_t from_second) const {
    for (int64_t from = from_second;;) {
        const TimeZone::Period period = zone.At(from);
        if (from == period.begin && SkippedByClocks(period)) return from;
        int64_t local = from + period.offset;
        // Put back: what this clock has already shown is not due again.
        if (!cron.every_hour()) local = std::max(local, period.begin + period.offset_before);
        const int64_t due = cron.NextFrom(CeilDiv(local, 60)) * 60 - period.offset;
        if (due < period.end) return due;
        from = period.end;
    }
}

// Whether the clock jumped over a due time when this period began.
bool Schedule::Calendar::SkippedByClocks(const TimeZone::Period& period) const {
    if (cron.every_hour() || period.offset <= period.offset_before) return false;
    const int64_t shown_last = period.begin + period.offset_before;
    const int64_t shown_first = period.begin + period.offset;
    return cron.NextFrom(CeilDiv(shown_last, 60)) * 60 < shown_first;
}

}  // namespace mp::scheduler
