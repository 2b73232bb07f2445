#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exchange-sim/book_window.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/json_writer.hpp"
#include "exchange-sim/market_writer.hpp"
#include "exchange-sim/okx/instruments.hpp"

namespace mp::sim::okx {

// Writes the generated market's events as OKX's messages. Books are numbered by what each stream
// publishes, and carry the checksum of what it shows.
class MarketFeed final : public MarketWriter {
  public:
    // `instruments`: of the market's symbols, in their order.
    MarketFeed(
        const Market& market, Hub& hub, std::vector<Instrument> instruments, Wanted wanted, Out out
    );

    void Publish(const MarketEvent& event) override;
    std::vector<std::uint32_t> PrimaryStreams(bool aggregate_trades) const override;
    void Snapshot(std::uint32_t stream, const Out& out) override;
    void RestartIds(std::uint32_t stream) override;

    // Rows of REST answers, as they are now.
    std::string BookRow(std::uint32_t symbol, std::size_t depth) const;
    std::string TickerRow(std::uint32_t symbol, std::int64_t time_ms) const;
    std::string FundingRow(std::uint32_t symbol, std::int64_t time_ms) const;
    std::string InterestRow(std::uint32_t symbol, std::int64_t time_ms) const;
    std::string MarkRow(std::uint32_t symbol, std::int64_t time_ms) const;
    std::string TradeRow(std::uint32_t symbol, const TradeTick& trade) const;
    std::string CandleRow(std::uint32_t symbol, const Candle& candle, bool closed) const;

    const std::vector<Instrument>& instruments() const { return instruments_; }
    // The market's symbol of that instrument; the number of symbols where there is none.
    std::uint32_t IndexOf(std::string_view id) const;

  private:
    struct Book {
        std::uint32_t stream;
        std::string_view channel;
        BookWindow window;
    };
    struct Names {
        std::uint32_t trades, trades_all, bbo, tickers, books5, mark, interest, funding;
        std::vector<Book> books;
        std::map<std::int64_t, std::pair<std::string, std::uint32_t>> candles;  // by bar length
    };

    void Write(const MarketEvent& event, const TradeTick& trade);
    void Write(const MarketEvent& event, const AggregateTrade& trade);
    void Write(const MarketEvent& event, const BestQuote& quote);
    void Write(const MarketEvent& event, const DepthChange& change);
    void Write(const MarketEvent& event, const DepthTop& top);
    void Write(const MarketEvent& event, const TickerMoment& moment);
    void Write(const MarketEvent& event, const CandleMoment& moment);
    void WriteContract(const MarketEvent& event);
    void WriteLiquidation(const MarketEvent& event);
    void PublishBook(std::uint32_t symbol, Book& book, std::int64_t time_ms);
    void Row(
        const MarketEvent& event,
        std::uint32_t stream,
        FrameKind kind,
        std::string_view channel,
        std::string_view row
    );

    bool Begin(
        std::uint32_t symbol, std::uint32_t stream, FrameKind kind, std::string_view channel
    );
    void Send(const Out& out, std::string_view identity);
    static std::int32_t ChecksumOf(const Market::Symbol& state, const BookWindow& window);
    // Contracts as base asset.
    std::int64_t BaseOf(std::uint32_t symbol, std::int64_t quantity) const;

    const Market& market_;
    Hub& hub_;
    const std::vector<Instrument> instruments_;
    const Wanted wanted_;
    const Out out_;
    std::vector<Names> names_;
    std::map<std::uint32_t, std::pair<std::uint32_t, std::size_t>> books_;  // stream: symbol, which
    std::uint32_t liquidations_ = 0;
    BookWindow::Step step_;
    JsonWriter json_;
    Frame frame_;
};

}  // namespace mp::sim::okx
