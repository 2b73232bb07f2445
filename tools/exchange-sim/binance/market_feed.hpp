#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exchange-sim/binance/market_kind.hpp"
#include "exchange-sim/frame.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/json_writer.hpp"
#include "exchange-sim/market.hpp"
#include "exchange-sim/market_writer.hpp"

namespace mp::sim::binance {

// How one of Binance's generated markets is called and what its contracts stand for.
struct FeedForm {
    const MarketKind& kind;
    std::string prefix;  // of names in the hub and the log, where exchanges would share them
    std::vector<std::string> symbols;        // as the venue writes them
    std::vector<std::int64_t> contracts_e8;  // quote currency in a contract; 0: quantities are base
};

// Writes the generated market's events as Binance messages. Renders only streams that are
// wanted; the texts live until the next event.
class MarketFeed final : public MarketWriter {
  public:
    MarketFeed(const Market& market, Hub& hub, FeedForm form, Wanted wanted, Out out);

    std::vector<std::uint32_t> PrimaryStreams(bool aggregate_trades) const override;

    // The REST answer at this moment.
    std::string Depth(std::uint32_t symbol, std::size_t limit) const;
    const std::string& VenueSymbol(std::uint32_t symbol) const { return names_[symbol].symbol; }

  private:
    struct Names {
        std::string symbol;  // BTCUSDT
        std::string key;     // the same in the log
        std::uint32_t trade, agg_trade, depth, depth_100ms, book_ticker, ticker, mini_ticker;
        std::uint32_t mark_price, force_order;                  // of contracts
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
    void WriteDay(const MarketEvent& event, const Candle& day);
    void WriteMarkPrice(const MarketEvent& event);
    void WriteForceOrder(const MarketEvent& event);

    bool spot() const { return IsSpot(form_.kind); }
    // Update ids of contracts jump.
    std::int64_t UpdateId(std::uint64_t id) const {
        return static_cast<std::int64_t>(id) * (spot() ? 1 : 2);
    }
    // What was traded, beside the quantity: quote currency, or base where quantities are contracts.
    std::int64_t Turnover(std::uint32_t symbol, std::int64_t quote_volume) const;

    Names NamesOf(const std::string& symbol);
    bool Begin(const MarketEvent& event, std::uint32_t stream, FrameKind kind);
    void BeginEvent(std::string_view name, const MarketEvent& event);
    void Send();

    const Market& market_;
    Hub& hub_;
    const FeedForm form_;
    const Wanted wanted_;
    const Out out_;
    std::vector<Names> names_;
    JsonWriter json_;
    JsonWriter identity_;
    Frame frame_;
};

}  // namespace mp::sim::binance
