#pragma once
// What the measuring programs say: one figure a line, name, value and unit parted by tabs, for
// report.py to read.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace mp::bench {

using Clock = std::chrono::steady_clock;

inline double SecondsSince(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

inline void Say(const char* name, double value, const char* unit) {
    std::printf("%s\t%.3f\t%s\n", name, value, unit);
    std::fflush(stdout);
}

// The value that `share` of all are not above; 0 of none. Reorders.
template <class Value>
Value Quantile(std::vector<Value>& values, double share) {
    if (values.empty()) return {};
    const auto rank = static_cast<size_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(rank), values.end());
    return values[rank];
}

}  // namespace mp::bench
