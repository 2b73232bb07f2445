#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exchange-sim/book_window.hpp"
#include "exchange-sim/bybit/instruments.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/json_writer.hpp"
#include "exchange-sim/market_writer.hpp"

namespace mp::sim::bybit {

// Writes the generated market's events as Bybit's messages. Each depth of a book counts its updates
// for itself, one by one; of a contract's ticker only what has changed is sent.
class MarketFeed final : public MarketWriter {
  public:
    // `instruments`: of the market's symbols, in their order.
    MarketFeed(
        const Market& market, Hub& hub, std::vector<Instrument> instruments, Wanted wanted, Out out
    );

    void Publish(const MarketEvent& event) override;
    std::vector<std::uint32_t> PrimaryStreams(bool aggregate_trades) const override;
    void Snapshot(std::uint32_t stream, const Out& out) override;
    // What Bybit does when a service restarts: the whole book with the number 1.
    void RestartIds(std::uint32_t stream) override;

    // What REST answers, as it is now.
    std::string Book(std::uint32_t symbol, std::size_t depth) const;
    std::string TradeId(std::uint32_t symbol, std::int64_t id) const;
    std::string Ticker(std::uint32_t symbol) const;

    const std::vector<Instrument>& instruments() const { return instruments_; }
    // The market's symbol of that key; the number of symbols where there is none.
    std::uint32_t IndexOf(std::string_view key) const;

  private:
    using Figures = std::vector<std::pair<std::string_view, std::string>>;

    struct BookStream {
        std::uint32_t stream;
        std::size_t depth;
        BookWindow window;
        std::int64_t update = 0;  // number of the last one
        bool restarted = false;
    };
    struct Names {
        std::uint32_t quote = 0, trades = 0, ticker = 0, liquidations = 0;
        std::int64_t quote_update = 0;
        std::vector<BookStream> books;
        std::map<std::int64_t, std::pair<std::string, std::uint32_t>> klines;  // by bar length
        Figures ticker_sent;
    };

    void Write(const MarketEvent& event, const TradeTick& trade);
    void Write(const MarketEvent&, const AggregateTrade&) {}
    void Write(const MarketEvent& event, const BestQuote& quote);
    void Write(const MarketEvent& event, const DepthChange& change);
    void Write(const MarketEvent&, const DepthTop&) {}
    void Write(const MarketEvent& event, const TickerMoment& moment);
    void Write(const MarketEvent& event, const CandleMoment& moment);
    void WriteLiquidation(const MarketEvent& event);
    void PublishBook(std::uint32_t symbol, BookStream& book, std::int64_t time_ms);
    void WriteBook(std::uint32_t symbol, BookStream& book, std::int64_t time_ms, const Out& out);
    void WriteTicker(
        std::uint32_t symbol,
        const Figures& figures,
        bool whole,
        std::int64_t time_ms,
        const Out& out
    );
    Figures FiguresOf(std::uint32_t symbol, std::int64_t time_ms) const;

    void Begin(
        std::uint32_t symbol,
        std::uint32_t stream,
        FrameKind kind,
        std::string_view type,
        std::int64_t time_ms
    );
    void Send(const Out& out, std::string_view identity);
    std::int64_t SequenceOf(std::uint32_t symbol) const;

    const Market& market_;
    Hub& hub_;
    const std::vector<Instrument> instruments_;
    const std::vector<std::string> keys_;
    const Wanted wanted_;
    const Out out_;
    std::vector<Names> names_;
    std::map<std::uint32_t, std::pair<std::uint32_t, std::size_t>> books_;  // stream: symbol, which
    std::map<std::uint32_t, std::uint32_t> tickers_;                        // stream: symbol
    BookWindow::Step step_;
    JsonWriter json_;
    Frame frame_;
};

}  // namespace mp::sim::bybit
