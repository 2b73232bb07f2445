#pragma once
// What collectors tell each other about their parts of one configured market. Plain values.

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace mp::collector {

// Views that are none: whoever announces them has taken nothing over.
inline constexpr uint64_t kComing = 0;     // it does not know the venue's instruments yet
inline constexpr uint64_t kUnsettled = 1;  // too much is settling to be named

struct Share {
    uint64_t scope = 0;              // what is shared: the same only where it is configured alike
    uint64_t view = kComing;         // among whom
    std::vector<uint64_t> settling;  // by SymbolHash: its own, but they do not flow yet; ascending
    Nanos settled_to = 0;            // all else of its own is vouched for from here on, or earlier

    friend bool operator==(const Share&, const Share&) = default;
};

// Another collector that shares a market with this one.
struct Peer {
    std::string name;
    Share share;
};

}  // namespace mp::collector
