#pragma once

#include <optional>
#include <string>

#include "exchange-sim/collector_config.hpp"
#include "exchange-sim/okx/instruments.hpp"
#include "exchange-sim/stream_loader.hpp"

namespace mp::sim::okx {

// What of a capture the exchange's own are; see StreamExchange.
struct Recorded {
    static constexpr const char* kName = "okx";

    static std::optional<StreamMessage> ReadMessage(const CaptureLine& line);
    static std::optional<Instrument> Guess(const std::string& stream, const std::string& symbol);
    static void Settle(
        const StreamLoader::Streams& streams,
        const Instruments& instruments,
        RecordedEntries& entries
    );
};

}  // namespace mp::sim::okx
