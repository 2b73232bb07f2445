#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exchange-sim/okx/instruments.hpp"
#include "exchange-sim/stream_feed.hpp"

namespace mp::sim::okx {

// Writes the generated market's events as OKX's messages. Books are numbered by
// what each stream publishes, and carry the checksum of what it shows.
class MarketFeed final : public StreamFeed {
  public:
    // `instruments`: of the market's symbols, in their order.
    MarketFeed(
        const Market& market, Hub& hub, std::vector<Instrument> instruments, Wanted wanted, Out out
    );

    std::vector<std::uint32_t> PrimaryStreams(bool aggregate_trades) const override;

    // Rows of REST answers, as they are now.
    std::string Book(std::uint32_t symbol, std::size_t depth) const;
    std::string TickerRow(std::uint32_t symbol, std::int64_t time_ms) const;
    std::string FundingRow(std::uint32_t symbol, std::int64_t time_ms) const;
    std::string InterestRow(std::uint32_t symbol, std::int64_t time_ms) const;
    std::string MarkRow(std::uint32_t symbol, std::int64_t time_ms) const;
    std::string TradeRow(std::uint32_t symbol, const TradeTick& trade) const;
    std::string CandleRow(std::uint32_t symbol, const Candle& candle, bool closed) const;

    const std::vector<Instrument>& instruments() const { return instruments_; }

  private:
    struct Names {
        std::uint32_t trades, trades_all, bbo, tickers, books5, mark, interest, funding;
        std::map<std::int64_t, std::pair<std::string, std::uint32_t>> candles;  // by bar length
    };

    void OnTrade(const MarketEvent& event, const TradeTick& trade) override;
    void OnAggregate(const MarketEvent& event, const AggregateTrade& trade) override;
    void OnQuote(const MarketEvent& event, const BestQuote& quote) override;
    void OnTop(const MarketEvent& event, const DepthTop& top) override;
    void OnTicker(const MarketEvent& event) override;
    void OnCandle(const MarketEvent& event, const CandleMoment& moment) override;
    void WriteContract(const MarketEvent& event);
    void WriteLiquidation(const MarketEvent& event);
    void WriteChange(const BookStream& book, const BookWindow::Step& step, std::int64_t time_ms)
        override;
    void WriteBook(const BookStream& book, std::int64_t time_ms, const Out& out) override;
    void Row(
        const MarketEvent& event,
        std::uint32_t stream,
        FrameKind kind,
        std::string_view channel,
        std::string_view row
    );

    // A message up to its data. False where nobody wants it.
    bool Open(std::uint32_t symbol, std::uint32_t stream, FrameKind kind, std::string_view channel);
    void WriteArg(std::string_view channel, std::uint32_t symbol);
    void OpenBook(const BookStream& book, FrameKind kind, std::string_view action);
    static std::int32_t ChecksumOf(const Market::Symbol& state, const BookWindow& window);
    // Contracts as base asset.
    // What contracts are worth in the base asset, at the price of the moment.
    std::int64_t BaseOf(std::uint32_t symbol, std::int64_t quantity) const;

    const std::vector<Instrument> instruments_;
    std::vector<Names> names_;
    std::map<std::string, std::uint32_t, std::less<>> liquidations_;  // by type
};

}  // namespace mp::sim::okx
