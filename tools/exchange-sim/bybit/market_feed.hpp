#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exchange-sim/bybit/instruments.hpp"
#include "exchange-sim/stream_feed.hpp"

namespace mp::sim::bybit {

// Writes the generated market's events as Bybit's messages. Each depth of a book counts its updates
// for itself, one by one; of a contract's ticker only what has changed is sent.
class MarketFeed final : public StreamFeed {
  public:
    // `instruments`: of the market's symbols, in their order.
    MarketFeed(
        const Market& market, Hub& hub, std::vector<Instrument> instruments, Wanted wanted, Out out
    );

    std::vector<std::uint32_t> PrimaryStreams(bool aggregate_trades) const override;
    void Snapshot(std::uint32_t stream, const Out& out) override;
    // What Bybit does when a service restarts: the whole book with the number 1.
    void RestartIds(std::uint32_t stream) override;

    // What REST answers, as it is now.
    std::string Book(std::uint32_t symbol, std::size_t depth) const;
    std::string TradeId(std::uint32_t symbol, std::int64_t id) const;
    std::string Ticker(std::uint32_t symbol) const;

    const std::vector<Instrument>& instruments() const { return instruments_; }

  private:
    using Figures = std::vector<std::pair<std::string_view, std::string>>;

    struct Count {
        std::int64_t update;  // number of the last one
        bool restarted = false;
    };
    struct Names {
        std::uint32_t quote = 0, trades = 0, ticker = 0, liquidations = 0;
        std::int64_t quote_update = 0;
        std::map<std::int64_t, std::pair<std::string, std::uint32_t>> klines;  // by bar length
        Figures ticker_sent;
    };

    void OnTrade(const MarketEvent& event, const TradeTick& trade) override;
    void OnQuote(const MarketEvent& event, const BestQuote& quote) override;
    void OnTicker(const MarketEvent& event) override;
    void OnCandle(const MarketEvent& event, const CandleMoment& moment) override;
    void WriteLiquidation(const MarketEvent& event);
    void WriteChange(const BookStream& book, const BookWindow::Step& step, std::int64_t time_ms)
        override;
    void WriteBook(const BookStream& book, std::int64_t time_ms, const Out& out) override;
    // What nobody listened to is counted all the same.
    void Skip(BookStream& book) override;
    void WriteTicker(
        std::uint32_t symbol,
        const Figures& figures,
        bool whole,
        std::int64_t time_ms,
        const Out& out
    );
    Figures FiguresOf(std::uint32_t symbol, std::int64_t time_ms) const;

    void Open(
        std::uint32_t symbol,
        std::uint32_t stream,
        FrameKind kind,
        std::string_view type,
        std::int64_t time_ms
    );
    template <typename Level>
    void WriteSides(
        const BookStream& book,
        const std::vector<Level>& bids,
        const std::vector<Level>& asks,
        std::int64_t time_ms,
        const Out& out
    );
    std::int64_t SequenceOf(std::uint32_t symbol) const;

    const std::vector<Instrument> instruments_;
    std::vector<Names> names_;
    std::map<std::uint32_t, Count> counts_;           // of the streams of books
    std::map<std::uint32_t, std::uint32_t> tickers_;  // stream: symbol
};

}  // namespace mp::sim::bybit
