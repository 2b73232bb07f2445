#pragma once
// One entry of `venues.<name>`: what is collected from one market of one exchange.

#include <cstdint>
#include <string>
#include <vector>

#include "model/instrument.hpp"

namespace mp::collector {

struct VenueConfig {
    std::string name;  // the entry's key
    std::string exchange;
    model::Market market = model::Market::kUnspecified;
    bool enabled = true;
    std::string rest_url;
    std::string ws_url;
    std::vector<std::string> symbols;  // canonical, or rules such as "*-USDT" "perp:*"
    std::vector<std::string> exclude;  // the same, of what is not collected
    std::vector<model::DataType> data_types;
    std::string trade_channel = "trade";
    int64_t max_requests_per_minute = 0;  // the venue's weight; 0: as much as it allows
    uint32_t snapshot_depth = 1000;       // levels a side of a REST snapshot
    std::vector<std::string> kline_intervals{"1m"};
    std::string book_stream = "depth@100ms";
    uint32_t max_streams_per_connection = 512;
    // Where the venue gives more to whoever logs in. Empty: nobody does.
    std::string api_key;
    std::string api_secret;
};

}  // namespace mp::collector
