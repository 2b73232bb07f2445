#pragma once
// Points in time as the whole system keeps them: nanoseconds since the Unix epoch, UTC.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.hpp"

namespace mp {

using Nanos = int64_t;

inline constexpr Nanos kMicrosecond = 1'000;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;

// "2024-08-08T23:54:15.208000000Z": RFC 3339, always nine decimals.
std::string FormatTime(Nanos time);
void AppendTime(Nanos time, std::string& out);

// Reads RFC 3339 (offset or Z, any number of decimals up to nine), or an integer: below 10^15 in
// magnitude milliseconds, else nanoseconds.
Result<Nanos> ParseTime(std::string_view text);

// Where "now" comes from. Thread-safe. ManualClock in libs/testing is the other one.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Nanos Now() const = 0;     // wall clock
    virtual Nanos Steady() const = 0;  // never goes back; for durations
};

class SystemClock final : public Clock {
  public:
    Nanos Now() const override;
    Nanos Steady() const override;
};

// The process-wide system clock.
const Clock& DefaultClock();

}  // namespace mp
