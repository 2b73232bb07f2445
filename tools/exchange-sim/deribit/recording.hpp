#pragma once

#include <string>
#include <vector>

#include "base/status.hpp"
#include "exchange-sim/collector_config.hpp"
#include "exchange-sim/deribit/instruments.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/replay.hpp"

namespace mp::sim::deribit {

struct LoadedRecording {
    Recording recording;
    Instruments instruments;
    std::vector<VenueEntry> entries;   // one a market
    std::vector<std::string> remarks;  // guesses, and what was left out and why
};

// Reads a capture file or a folder of them. Streams that were recorded `raw`, as nobody gets them
// today without logging in, are served as those of 100 ms.
Result<LoadedRecording> LoadRecording(const std::string& path, Hub& hub);

}  // namespace mp::sim::deribit
