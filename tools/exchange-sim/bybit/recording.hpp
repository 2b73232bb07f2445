#pragma once

#include <optional>
#include <string>

#include "exchange-sim/bybit/instruments.hpp"
#include "exchange-sim/collector_config.hpp"
#include "exchange-sim/stream_loader.hpp"

namespace mp::sim::bybit {

// What of a capture the exchange's own are; see StreamExchange.
struct Recorded {
    static constexpr const char* kName = "bybit";

    static std::optional<StreamMessage> ReadMessage(const CaptureLine& line);
    static std::optional<Instrument> Guess(const std::string& stream, const std::string& symbol);
    static void Settle(
        const StreamLoader::Streams& streams,
        const Instruments& instruments,
        RecordedEntries& entries
    );
};

}  // namespace mp::sim::bybit
