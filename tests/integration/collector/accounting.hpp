#pragma once
// The promise in one check: whatever the simulator sent is stored, or not claimed to be complete.

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <string>

#include "raw_text.hpp"
#include "stand.hpp"

namespace mp::collector_test {

// Everything of a chained type that the simulator sent is stored, or inside a gap.
inline void ExpectAllAccounted(Stand& stand, const std::string& type) {
    std::map<std::string, std::pair<int, int>> counts;  // symbol -> stored, missing
    for (const std::string& line : stand.Evidence()) {
        const bool sent = line.find("\"what\":\"sent\"") != std::string::npos;
        const bool withheld = line.find("\"what\":\"withheld\"") != std::string::npos;
        if (!sent && !withheld) continue;
        std::string raw = line.substr(line.find("\"raw\":\"") + 7);
        std::erase(raw, '\\');
        const RawEvent event = ReadRaw(raw);
        if (event.type != type) continue;
        const StoredSeries& series = stand.log().Of(event.symbol, type);
        const bool stored = series.events.contains(event.identity);
        const Nanos at = event.time_ms * kMillisecond;
        const bool claimed = series.coverage.Complete({at, at + 1});
        (stored ? counts[event.symbol].first : counts[event.symbol].second) += 1;
        ASSERT_TRUE(stored || !claimed)
            << event.symbol << " " << type << " " << event.identity << " is claimed but missing";
    }
    EXPECT_FALSE(counts.empty());
}

}  // namespace mp::collector_test
