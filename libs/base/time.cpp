#include "base/time.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/int128.hpp"

namespace mp {
namespace {

using Days = std::chrono::sys_days;

bool ReadNumber(std::string_view& text, size_t digits, int& out) {
    if (text.size() < digits) return false;
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, out);
    if (error != std::errc{} || end != text.data() + digits || text[0] == '-') return false;
    text.remove_prefix(digits);
    return true;
}

bool ReadChar(std::string_view& text, std::string_view choices) {
    if (text.empty() || choices.find(text[0]) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

bool ReadFraction(std::string_view& text, Nanos& out) {
    if (text.empty() || text[0] != '.') return true;
    text.remove_prefix(1);
    Nanos unit = kSecond / 10;
    size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
        out += (text[digits] - '0') * unit;
        unit /= 10;
    }
    text.remove_prefix(digits);
    return digits >= 1 && digits <= 9;
}

bool ReadOffset(std::string_view& text, int& minutes) {
    if (ReadChar(text, "Zz")) return text.empty();
    if (text.empty()) return false;
    const int sign = text[0] == '-' ? -1 : 1;
    int hours = 0;
    int rest = 0;
    if (!ReadChar(text, "+-") || !ReadNumber(text, 2, hours) || !ReadChar(text, ":") ||
        !ReadNumber(text, 2, rest) || hours > 23 || rest > 59) {
        return false;
    }
    minutes = sign * (hours * 60 + rest);
    return text.empty();
}

bool ReadRfc3339(std::string_view text, Nanos& out) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset = 0;
    Nanos fraction = 0;
    if (!ReadNumber(text, 4, year) || !ReadChar(text, "-") || !ReadNumber(text, 2, month) ||
        !ReadChar(text, "-") || !ReadNumber(text, 2, day) || !ReadChar(text, "Tt ") ||
        !ReadNumber(text, 2, hour) || !ReadChar(text, ":") || !ReadNumber(text, 2, minute) ||
        !ReadChar(text, ":") || !ReadNumber(text, 2, second) || !ReadFraction(text, fraction) ||
        !ReadOffset(text, offset)) {
        return false;
    }
    const std::chrono::year_month_day date{
        std::chrono::year{year},
        std::chrono::month{static_cast<unsigned>(month)},
        std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 59 || year < 1677 || year > 2262) {
        return false;
    }
    const Nanos days = Days{date}.time_since_epoch().count();
    const Nanos seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second;
    const Int128 exact = Int128{seconds} * kSecond + fraction;
    out = static_cast<Nanos>(exact);
    return out == exact;
}

}  // namespace

void AppendTime(Nanos time, std::string& out) {
    constexpr Nanos kDay = 24 * 3600 * kSecond;
    // Rounded down; the start of the first day does not fit into 64 bits.
    const Nanos within = (time % kDay + kDay) % kDay;
    const Days days{std::chrono::days{time / kDay - (time % kDay < 0 ? 1 : 0)}};
    const std::chrono::year_month_day date{days};
    const std::chrono::hh_mm_ss clock{std::chrono::nanoseconds{within}};
    char buffer[64];
    const int size = std::snprintf(
        buffer,
        sizeof(buffer),
        "%04d-%02u-%02uT%02d:%02d:%02d.%09lldZ",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()),
        static_cast<long long>(clock.subseconds().count())
    );
    out.append(buffer, static_cast<size_t>(size));
}

std::string FormatTime(Nanos time) {
    std::string out;
    AppendTime(time, out);
    return out;
}

Result<Nanos> ParseTime(std::string_view text) {
    Nanos value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{} && end == text.data() + text.size()) {
        constexpr Nanos kFirstNanos = 1'000'000'000'000'000;
        const bool milliseconds = value < kFirstNanos && value > -kFirstNanos;
        if (!milliseconds) return value;
        constexpr Nanos kMaxMilliseconds = INT64_MAX / kMillisecond;
        if (value > kMaxMilliseconds || value < -kMaxMilliseconds) {
            return absl::InvalidArgumentError("time is out of range: " + std::string(text));
        }
        return value * kMillisecond;
    }
    if (ReadRfc3339(text, value)) return value;
    return absl::InvalidArgumentError(
        "not a time (RFC 3339, or integer milliseconds or nanoseconds): " +
        std::string(text.substr(0, 40))
    );
}

Nanos SystemClock::Now() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch()
    )
        .count();
}

Nanos SystemClock::Steady() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch()
    )
        .count();
}

const Clock& DefaultClock() {
    static const SystemClock clock;
    return clock;
}

}  // namespace mp
