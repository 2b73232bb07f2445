#pragma once

#include <set>
#include <string>
#include <vector>

namespace mp::sim {

// One entry under `venues:` of a collector: what it has to ask for to see what is served.
struct VenueEntry {
    std::string exchange;
    std::string market;
    std::vector<std::string> symbols;  // canonical, or the venue's own
    std::set<std::string> data_types;  // trade, book_delta, bbo, ticker, kline, ...
    std::string trade_channel = "trade";
    std::string book_stream;  // empty where there is no choice
    std::set<std::string> kline_intervals;
    int snapshot_depth = 1000;
};

// The text that `--emit-config` writes.
std::string RenderCollectorConfig(
    const std::vector<VenueEntry>& entries, const std::string& host, int port
);

}  // namespace mp::sim
