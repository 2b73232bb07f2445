#pragma once

#include <cstdint>
#include <functional>
#include <variant>
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

    void Publish(const MarketEvent& event) {
        std::visit([&](const auto& change) { Take(event, change); }, event.change);
    }
    // The streams of the messages that make up the market's rate.
    virtual std::vector<std::uint32_t> PrimaryStreams(bool aggregate_trades) const = 0;
    // Where the stream begins with the whole book: brings those who listen up to date and hands
    // what a new listener has to know to `out`.
    virtual void Snapshot(std::uint32_t /*stream*/, const Out& /*out*/) {}
    // The next update of the stream's book numbers anew.
    virtual void RestartIds(std::uint32_t /*stream*/) {}

  private:
    virtual void OnTrade(const MarketEvent& event, const TradeTick& trade) = 0;
    virtual void OnAggregate(const MarketEvent&, const AggregateTrade&) {}
    virtual void OnQuote(const MarketEvent& event, const BestQuote& quote) = 0;
    virtual void OnDepth(const MarketEvent& event, const DepthChange& change) = 0;
    virtual void OnTop(const MarketEvent&, const DepthTop&) {}
    virtual void OnTicker(const MarketEvent& event) = 0;
    virtual void OnCandle(const MarketEvent& event, const CandleMoment& moment) = 0;

    void Take(const MarketEvent& event, const TradeTick& trade) { OnTrade(event, trade); }
    void Take(const MarketEvent& event, const AggregateTrade& trade) { OnAggregate(event, trade); }
    void Take(const MarketEvent& event, const BestQuote& quote) { OnQuote(event, quote); }
    void Take(const MarketEvent& event, const DepthChange& change) { OnDepth(event, change); }
    void Take(const MarketEvent& event, const DepthTop& top) { OnTop(event, top); }
    void Take(const MarketEvent& event, const TickerMoment&) { OnTicker(event); }
    void Take(const MarketEvent& event, const CandleMoment& moment) { OnCandle(event, moment); }
};

}  // namespace mp::sim
