#pragma once

#include <string>
#include <vector>

#include "base/status.hpp"
#include "exchange-sim/bybit/instruments.hpp"
#include "exchange-sim/collector_config.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/replay.hpp"

namespace mp::sim::bybit {

struct LoadedRecording {
    Recording recording;
    Instruments instruments;
    std::vector<VenueEntry> entries;   // one a market
    std::vector<std::string> remarks;  // guesses, and what was left out and why
};

// Reads a capture file or a folder of them: spot and linear.
Result<LoadedRecording> LoadRecording(const std::string& path, Hub& hub);

}  // namespace mp::sim::bybit
