#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exchange-sim/frame.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/json_writer.hpp"
#include "exchange-sim/market.hpp"
#include "exchange-sim/market_writer.hpp"

namespace mp::sim::binance {

// Writes the generated market's events as Binance spot messages. Renders only streams that are
// wanted; the texts live until the next event.
class MarketFeed final : public MarketWriter {
  public:
    MarketFeed(const Market& market, Hub& hub, Wanted wanted, Out out);

    std::vector<std::uint32_t> PrimaryStreams(bool aggregate_trades) const override;

    // The REST answer at this moment.
    std::string Depth(std::uint32_t symbol, std::size_t limit) const;
    const std::string& VenueSymbol(std::uint32_t symbol) const { return names_[symbol].symbol; }

  private:
    struct Names {
        std::string symbol;  // BTCUSDT
        std::uint32_t trade, agg_trade, depth, depth_100ms, book_ticker, ticker, mini_ticker;
        std::map<std::pair<int, bool>, std::uint32_t> partial;  // levels, fast
        std::map<std::int64_t, std::pair<std::string, std::uint32_t>> klines;
    };

    void OnTrade(const MarketEvent& event, const TradeTick& trade) override;
    void OnAggregate(const MarketEvent& event, const AggregateTrade& trade) override;
    void OnQuote(const MarketEvent& event, const BestQuote& quote) override;
    void OnDepth(const MarketEvent& event, const DepthChange& change) override;
    void OnTop(const MarketEvent& event, const DepthTop& top) override;
    void OnTicker(const MarketEvent& event) override;
    void OnCandle(const MarketEvent& event, const CandleMoment& moment) override;
    void WriteMiniTicker(const MarketEvent& event);

    bool Begin(const MarketEvent& event, std::uint32_t stream, FrameKind kind);
    void BeginEvent(std::string_view name, const MarketEvent& event);
    void Send();

    const Market& market_;
    Hub& hub_;
    const Wanted wanted_;
    const Out out_;
    std::vector<Names> names_;
    JsonWriter json_;
    JsonWriter identity_;
    Frame frame_;
};

}  // namespace mp::sim::binance
