#pragma once
// Thinning out a dense series: of each interval of `every` nanoseconds, aligned to the epoch in
// UTC, the last row.

#include <cstddef>
#include <memory>

#include "base/status.hpp"
#include "base/time.hpp"
#include "storage/engine.hpp"

namespace mp::storage {

inline constexpr Nanos kShortestSample = kSecond / 1000;
inline constexpr Nanos kLongestSample = 366 * 86400 * kSecond;

// InvalidArgument "every: ..." where rows of `type` cannot be thinned out so: each of them says
// something of its own, or `every` is out of range.
Status CheckSampling(model::DataType type, Nanos every);

// The interval that holds `time`, counted from the epoch; equal for all times in it.
int64_t SampleOf(Nanos time, Nanos every);

// The last row in each interval, of the rows in `range.time`; behind `range.after`: from the
// interval after (or before, backward) the one that holds it. Where an interval has many rows it
// looks for the last one from the interval's end. Adds to `rows_read` what it reads, for whoever
// must not hold a thread for long. Engine and `rows_read` outlive the cursor.
Result<std::unique_ptr<Cursor>> ScanSampled(
    const SeriesReader& engine,
    SeriesId series,
    const ScanRange& range,
    Nanos every,
    size_t& rows_read
);

}  // namespace mp::storage
