#pragma once

#include <string>
#include <vector>

#include "base/status.hpp"
#include "exchange-sim/collector_config.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/okx/instruments.hpp"
#include "exchange-sim/replay.hpp"

namespace mp::sim::okx {

struct LoadedRecording {
    Recording recording;
    Instruments instruments;
    std::vector<VenueEntry> entries;   // one a market
    std::vector<std::string> remarks;  // guesses, and what was left out and why
};

// Reads a capture file or a folder of them, with the list of instruments of the same day beside it
// (<name>_instruments_<date>.jsonl).
Result<LoadedRecording> LoadRecording(const std::string& path, Hub& hub);

}  // namespace mp::sim::okx
