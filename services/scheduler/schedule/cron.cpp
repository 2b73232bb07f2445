#include "scheduler/schedule/cron.hpp"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <charconv>
#include <chrono>
#include <string>
#include <vector>

namespace mp::scheduler {
namespace {

constexpr int64_t kMinutesADay = 24 * 60;
// February 29th on a given day of the week comes again within 40 years, whatever the century.
constexpr int64_t kDaysAhead = 366 * 41;

constexpr std::string_view kMonthNames[] = {
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::string_view kDayNames[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct Field {
    std::string_view name;
    int low;
    int high;
    const std::string_view* names = nullptr;
    int name_count = 0;
};

constexpr Field kFields[] = {
    {"minute", 0, 59},
    {"hour", 0, 23},
    {"day of month", 1, 31},
    {"month", 1, 12, kMonthNames, 12},
    {"day of week", 0, 7, kDayNames, 7},
};

Status Wrong(const Field& field, std::string_view text, std::string_view what) {
    return absl::InvalidArgumentError(
        std::string(field.name) + " '" + std::string(text) + "': " + std::string(what)
    );
}

Result<int> ParseValue(const Field& field, std::string_view text) {
    for (int i = 0; i < field.name_count; ++i) {
        const std::string_view name = field.names[i];
        if (absl::AsciiStrToUpper(std::string(text)) == name) return field.low + i;
    }
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return Wrong(field, text, "is not a number");
    }
    if (value < field.low || value > field.high) {
        return Wrong(
            field, text, absl::StrCat("must lie between ", field.low, " and ", field.high)
        );
    }
    return value;
}

Result<int> ParseStep(const Field& field, std::string_view text) {
    int step = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), step);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (!whole || step < 1 || step > field.high) return Wrong(field, text, "is not a step");
    return step;
}

// "*", "5", "1-5", each with an optional "/step"; adds its bits.
Status AddItem(const Field& field, std::string_view item, uint64_t& bits) {
    const size_t slash = item.find('/');
    std::string_view range = item.substr(0, slash);
    int step = 1;
    if (slash != std::string_view::npos) {
        const Result<int> parsed = ParseStep(field, item.substr(slash + 1));
        if (!parsed.ok()) return parsed.status();
        step = *parsed;
    }
    int first = field.low;
    int last = field.high;
    if (range != "*") {
        const size_t dash = range.find('-');
        const Result<int> from = ParseValue(field, range.substr(0, dash));
        if (!from.ok()) return from.status();
        first = *from;
        if (slash == std::string_view::npos) last = first;
        if (dash != std::string_view::npos) {
            const Result<int> to = ParseValue(field, range.substr(dash + 1));
            if (!to.ok()) return to.status();
            last = *to;
        }
    }
    if (last < first) return Wrong(field, item, "ends before it begins");
    for (int value = first; value <= last; value += step) bits |= uint64_t{1} << value;
    return OkStatus();
}

Status ParseField(const Field& field, std::string_view text, uint64_t& bits) {
    size_t begin = 0;
    for (;;) {
        const size_t comma = text.find(',', begin);
        MP_RETURN_IF_ERROR(AddItem(field, text.substr(begin, comma - begin), bits));
        if (comma == std::string_view::npos) return OkStatus();
        begin = comma + 1;
    }
}

bool Has(uint64_t bits, unsigned value) {
    return (bits >> value & 1) != 0;
}

int64_t FloorDiv(int64_t value, int64_t by) {
    return value >= 0 ? value / by : -((-value + by - 1) / by);
}

}  // namespace

Result<Cron> Cron::Parse(std::string_view text) {
    const std::vector<std::string> fields =
        absl::StrSplit(absl::string_view(text.data(), text.size()), ' ', absl::SkipEmpty());
    if (fields.size() != std::size(kFields)) {
        return absl::InvalidArgumentError(absl::StrCat(
            "a cron expression has five fields (minute hour day-of-month month day-of-week), not ",
            fields.size()
        ));
    }
    Cron cron;
    uint64_t* const bits[] = {
        &cron.minutes_, &cron.hours_, &cron.days_of_month_, &cron.months_, &cron.days_of_week_};
    for (size_t i = 0; i < fields.size(); ++i) {
        MP_RETURN_IF_ERROR(ParseField(kFields[i], fields[i], *bits[i]));
    }
    if (Has(cron.days_of_week_, 7)) cron.days_of_week_ |= 1;
    cron.any_day_of_month_ = absl::StartsWith(fields[2], "*");
    cron.any_day_of_week_ = absl::StartsWith(fields[4], "*");
    if (!cron.Search(0)) return absl::InvalidArgumentError("names a date that never comes");
    return cron;
}

int64_t Cron::NextFrom(int64_t local_minute) const {
    return Search(local_minute).value();
}

std::optional<int64_t> Cron::Search(int64_t local_minute) const {
    const int64_t first_day = FloorDiv(local_minute, kMinutesADay);
    int64_t minute = local_minute - first_day * kMinutesADay;
    for (int64_t day = first_day; day < first_day + kDaysAhead; ++day, minute = 0) {
        if (!MatchesDay(day)) continue;
        if (const auto found = NextInDay(minute)) return day * kMinutesADay + *found;
    }
    return std::nullopt;
}

bool Cron::MatchesDay(int64_t day) const {
    const std::chrono::sys_days date{std::chrono::days(day)};
    const std::chrono::year_month_day civil(date);
    if (!Has(months_, static_cast<unsigned>(civil.month()))) return false;
    const bool in_month = Has(days_of_month_, static_cast<unsigned>(civil.day()));
    const bool in_week = Has(days_of_week_, std::chrono::weekday(date).c_encoding());
    if (any_day_of_month_ || any_day_of_week_) return in_month && in_week;
    return in_month || in_week;
}

std::optional<int64_t> Cron::NextInDay(int64_t minute) const {
    for (; minute < kMinutesADay; ++minute) {
        if (!Has(hours_, static_cast<unsigned>(minute / 60))) {
            minute += 59 - minute % 60;
        } else if (Has(minutes_, static_cast<unsigned>(minute % 60))) {
            return minute;
        }
    }
    return std::nullopt;
}

}  // namespace mp::scheduler
