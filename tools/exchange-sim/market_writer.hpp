#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "exchange-sim/frame.hpp"
#include "exchange-sim/market.hpp"

namespace mp::sim {

// Writes the events of a generated market as an exchange's messages; renders only streams that are
// wanted. Frames hold until the call they are given to returns.
class MarketWriter {
  public:
    using Wanted = std::function<bool(std::uint32_t stream)>;
    using Out = std::function<void(const Frame&)>;

    virtual ~MarketWriter() = default;

    virtual void Publish(const MarketEvent& event) = 0;
    // The streams of the messages that make up the market's rate.
    virtual std::vector<std::uint32_t> PrimaryStreams(bool aggregate_trades) const = 0;
    // Where the stream begins with the whole book: brings those who listen up to date and hands
    // what a new listener has to know to `out`.
    virtual void Snapshot(std::uint32_t /*stream*/, const Out& /*out*/) {}
    // The next update of the stream's book numbers anew.
    virtual void RestartIds(std::uint32_t /*stream*/) {}
};

}  // namespace mp::sim
