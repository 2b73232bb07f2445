#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "exchange-sim/binance/exchange_info.hpp"
#include "exchange-sim/binance/market_kind.hpp"
#include "exchange-sim/collector_config.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/replay.hpp"

namespace mp::sim::binance {

// A capture as one of Binance's markets served it.
struct LoadedRecording {
    const MarketKind* market = &kSpot;
    Recording recording;
    ExchangeInfo exchange_info;
    VenueEntry settings;               // what a collector has to ask for to see all of it
    std::vector<std::string> remarks;  // guesses, and what was left out and why
};

// Reads a capture file or a folder of them: what it holds of spot, else of linear, else of inverse
// contracts. Refused: a path without Binance messages, and
// sessions of one instrument from different years in one folder.
Result<LoadedRecording> LoadRecording(const std::string& path, Hub& hub);

}  // namespace mp::sim::binance
