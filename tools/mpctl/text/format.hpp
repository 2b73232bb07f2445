#pragma once
// Measurements for people, shortened. Data of the market never passes through here: it is shown as
// the gateway sent it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mp::mpctl {

std::string FormatCount(uint64_t count);                   // "1,234,567"
std::string FormatRate(double per_second);                 // "0.25", "18.4", "5,012"
std::string FormatLatency(double seconds);                 // "412 us", "1.23 ms", "12.0 s"
std::string FormatLatency(std::optional<double> seconds);  // "-" for nothing
std::string FormatBytes(double bytes);                     // "512 B", "1.50 GB"
std::string FormatAge(double seconds);                     // "42s", "5m 3s", "2h 14m", "3d 4h"

// An RFC 3339 time of nine decimals without those that say nothing: ".208000000Z" -> ".208Z".
std::string ShortTime(std::string_view time);

}  // namespace mp::mpctl
