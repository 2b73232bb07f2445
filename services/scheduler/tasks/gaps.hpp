#pragma once
// What of a series' coverage a repair may be worth trying for. Pure.

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "marketprism/v1/query.pb.h"

namespace mp::scheduler {

struct FoundGap {
    marketprism::v1::Series series;
    Nanos from = 0;
    Nanos to = 0;
    marketprism::v1::CoverageBasis basis = marketprism::v1::COVERAGE_BASIS_CONNECTION;
    std::string reason;

    friend bool operator==(const FoundGap& a, const FoundGap& b) {
        return a.from == b.from && a.to == b.to && a.basis == b.basis && a.reason == b.reason;
    }
};

// The open gaps that end by `until`, ascending: those recorded, and what lies between two
// intervals; touching ones are one. `coverage.intervals` are merged and ascending. Nothing is known
// of the time before the first and behind the last: it is no gap.
std::vector<FoundGap> OpenGaps(const marketprism::v1::SeriesCoverage& coverage, Nanos until);

}  // namespace mp::scheduler
