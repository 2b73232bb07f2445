#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exchange-sim/frame.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/market.hpp"
#include "exchange-sim/market_writer.hpp"

namespace mp::sim::binance {

// Writes the generated market's events as Binance spot messages. Renders only streams that are
// wanted; the texts live until the next event.
class MarketFeed final : public MarketWriter {
  public:
    MarketFeed(const Market& market, Hub& hub, Wanted wanted, Out out);

    void Publish(const MarketEvent& event) override;
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

    void Write(const MarketEvent& event, const TradeTick& trade);
    void Write(const MarketEvent& event, const AggregateTrade& trade);
    void Write(const MarketEvent& event, const BestQuote& quote);
    void Write(const MarketEvent& event, const DepthChange& change);
    void Write(const MarketEvent& event, const DepthTop& top);
    void Write(const MarketEvent& event, const TickerMoment& moment);
    void Write(const MarketEvent& event, const CandleMoment& moment);
    void WriteMiniTicker(const MarketEvent& event);

    bool Begin(const MarketEvent& event, std::uint32_t stream, FrameKind kind);
    void BeginEvent(std::string_view name, const MarketEvent& event);
    void Send();
    void Integer(std::string_view key, std::int64_t value);
    void Decimal(std::string_view key, std::int64_t value_e8);
    void Text(std::string_view key, std::string_view value);
    void Flag(std::string_view key, bool value);
    void Key(std::string_view key);
    void IdentityInteger(std::string_view key, std::int64_t value);

    const Market& market_;
    Hub& hub_;
    const Wanted wanted_;
    const Out out_;
    std::vector<Names> names_;
    std::string text_;
    std::string identity_;
    Frame frame_;
};

// [["price","quantity"],...]
void AppendLevels(
    std::string& out, const Market::Symbol& symbol, const std::vector<BookLevel>& levels
);

}  // namespace mp::sim::binance
