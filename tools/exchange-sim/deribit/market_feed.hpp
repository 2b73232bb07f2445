#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exchange-sim/book_window.hpp"
#include "exchange-sim/deribit/instruments.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/json_writer.hpp"
#include "exchange-sim/market_writer.hpp"

namespace mp::sim::deribit {

// An instrument of the generated market, and the one whose price it is derived from.
struct Generated {
    Instrument instrument;
    std::uint32_t underlying = 0;  // of the market's symbols; itself where it has none
};

// Writes the generated market's events as Deribit's notifications, at 100 ms and raw.
class MarketFeed final : public MarketWriter {
  public:
    // `instruments`: of the market's symbols, in their order.
    MarketFeed(
        const Market& market, Hub& hub, std::vector<Generated> instruments, Wanted wanted, Out out
    );

    void Publish(const MarketEvent& event) override;
    std::vector<std::uint32_t> PrimaryStreams(bool aggregate_trades) const override;
    void Snapshot(std::uint32_t stream, const Out& out) override;
    void RestartIds(std::uint32_t stream) override;

    // What REST answers, as it is now.
    std::string Book(std::uint32_t symbol, std::size_t depth) const;
    std::string Ticker(std::uint32_t symbol, std::int64_t time_ms) const;
    std::string Trade(std::uint32_t symbol, const TradeTick& trade) const;

    const std::vector<Generated>& instruments() const { return instruments_; }
    // The market's symbol of that instrument; the number of symbols where there is none.
    std::uint32_t IndexOf(std::string_view name) const;
    // In the base currency, and in the other one.
    struct Volumes {
        std::int64_t base = 0;
        std::int64_t counter = 0;
    };
    Volumes VolumesOf(std::uint32_t symbol, const Candle& candle) const;
    // Trades are numbered from 1 on.
    static std::int64_t SequenceOf(const TradeTick& trade);

  private:
    static constexpr int kPaces = 2;

    struct BookStream {
        std::uint32_t stream;
        BookWindow window;
    };
    struct Names {
        std::uint32_t quote = 0;
        std::uint32_t trades[kPaces] = {};
        std::uint32_t tickers[kPaces] = {};
        std::vector<BookStream> books;
        std::map<std::int64_t, std::uint32_t> charts;  // by bar length
    };

    void Write(const MarketEvent& event, const TradeTick& trade);
    void Write(const MarketEvent&, const AggregateTrade&) {}
    void Write(const MarketEvent& event, const BestQuote& quote);
    void Write(const MarketEvent& event, const DepthChange& change);
    void Write(const MarketEvent&, const DepthTop&) {}
    void Write(const MarketEvent& event, const TickerMoment& moment);
    void Write(const MarketEvent& event, const CandleMoment& moment);
    void PublishBook(std::uint32_t symbol, BookStream& book, std::int64_t time_ms);
    std::int64_t MiddleOf(std::uint32_t symbol) const;

    // Up to the data, and from there on.
    void Begin(std::uint32_t symbol, std::uint32_t stream, FrameKind kind);
    void Send(const Out& out, std::string_view identity);

    const Market& market_;
    Hub& hub_;
    const std::vector<Generated> instruments_;
    const Wanted wanted_;
    const Out out_;
    std::vector<Names> names_;
    std::map<std::uint32_t, std::pair<std::uint32_t, std::size_t>> books_;  // stream: symbol, which
    BookWindow::Step step_;
    JsonWriter json_;
    Frame frame_;
};

}  // namespace mp::sim::deribit
