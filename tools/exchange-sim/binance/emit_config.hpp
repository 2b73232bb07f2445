#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/status.hpp"

namespace mp::sim::binance {

// What a collector has to ask for, as `--emit-config` writes it.
struct CollectorSettings {
    std::string market = "spot";
    std::vector<std::string> symbols;  // canonical: BTC-USDT
    std::set<std::string> data_types;  // trade, book_delta, bbo, ticker, kline, ...
    std::string trade_channel = "trade";
    std::string book_stream = "depth@100ms";
    std::set<std::string> kline_intervals;
    int snapshot_depth = 1000;
};

std::string RenderCollectorConfig(
    const CollectorSettings& settings, const std::string& host, int port
);

}  // namespace mp::sim::binance
