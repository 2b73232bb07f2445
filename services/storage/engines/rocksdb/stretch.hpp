#pragma once
// A stretch of a series.

#include <string>
#include <string_view>

namespace mp::storage {

// Keys inside a series: [from, end); all from `from` on where `end` is empty.
struct Stretch {
    std::string from;
    std::string end;

    bool Holds(std::string_view key) const { return from <= key && (end.empty() || key < end); }
};

}  // namespace mp::storage
