#pragma once

#include <optional>
#include <string>

#include "exchange-sim/collector_config.hpp"
#include "exchange-sim/deribit/instruments.hpp"
#include "exchange-sim/stream_loader.hpp"

namespace mp::sim::deribit {

// What of a capture the exchange's own are; see StreamExchange. Streams that were recorded `raw`,
// as nobody gets them today without logging in, are served as those of 100 ms.
struct Recorded {
    static constexpr const char* kName = "deribit";

    static std::optional<StreamMessage> ReadMessage(const CaptureLine& line);
    static std::optional<Instrument> Guess(const std::string& stream, const std::string& symbol);
    static void Settle(
        const StreamLoader::Streams& streams,
        const Instruments& instruments,
        RecordedEntries& entries
    );
};

}  // namespace mp::sim::deribit
