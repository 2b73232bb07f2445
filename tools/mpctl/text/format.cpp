#include "mpctl/text/format.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace mp::mpctl {
namespace {

std::string Print(const char* format, double value) {
    std::array<char, 64> buffer{};
    const int size = std::snprintf(buffer.data(), buffer.size(), format, value);
    return std::string(buffer.data(), static_cast<size_t>(size));
}

// Three digits that count.
std::string ThreeDigits(double value) {
    if (value >= 99.95) return Print("%.0f", value);
    return Print(value >= 9.995 ? "%.1f" : "%.2f", value);
}

}  // namespace

std::string FormatCount(uint64_t count) {
    std::string digits = std::to_string(count);
    for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
    return digits;
}

std::string FormatRate(double per_second) {
    if (per_second < 99.95) return per_second == 0 ? "0" : ThreeDigits(per_second);
    return FormatCount(static_cast<uint64_t>(std::llround(per_second)));
}

std::string FormatLatency(double seconds) {
    if (seconds < 0.9995e-3) return ThreeDigits(seconds * 1e6) + " us";
    if (seconds < 0.9995) return ThreeDigits(seconds * 1e3) + " ms";
    return ThreeDigits(seconds) + " s";
}

std::string FormatLatency(std::optional<double> seconds) {
    return seconds ? FormatLatency(*seconds) : "-";
}

std::string FormatBytes(double bytes) {
    constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < std::size(kUnits)) {
        bytes /= 1000;
        ++unit;
    }
    return (unit == 0 ? Print("%.0f", bytes) : ThreeDigits(bytes)) + " " + kUnits[unit];
}

std::string FormatAge(double seconds) {
    const auto whole = static_cast<int64_t>(seconds);
    const auto pair = [](int64_t big, const char* big_unit, int64_t small, const char* small_unit) {
        return std::to_string(big) + big_unit + " " + std::to_string(small) + small_unit;
    };
    if (whole < 60) return std::to_string(whole) + "s";
    if (whole < 3600) return pair(whole / 60, "m", whole % 60, "s");
    if (whole < 86400) return pair(whole / 3600, "h", whole % 3600 / 60, "m");
    return pair(whole / 86400, "d", whole % 86400 / 3600, "h");
}

std::string ShortTime(std::string_view time) {
    const size_t point = time.find('.');
    if (point == std::string_view::npos || time.back() != 'Z') return std::string(time);
    std::string_view decimals = time.substr(point + 1, time.size() - point - 2);
    while (decimals.size() >= 3 && decimals.substr(decimals.size() - 3) == "000") {
        decimals.remove_suffix(3);
    }
    std::string out(time.substr(0, point));
    if (!decimals.empty()) out.append(".").append(decimals);
    return out + "Z";
}

}  // namespace mp::mpctl
