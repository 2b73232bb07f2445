#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exchange-sim/deribit/instruments.hpp"
#include "exchange-sim/stream_feed.hpp"

namespace mp::sim::deribit {

// Writes the generated market's events as Deribit's notifications, at 100 ms and raw.
class MarketFeed final : public StreamFeed {
  public:
    // `instruments`: of the market's symbols, in their order.
    MarketFeed(
        const Market& market, Hub& hub, std::vector<Instrument> instruments, Wanted wanted, Out out
    );

    std::vector<std::uint32_t> PrimaryStreams(bool aggregate_trades) const override;

    // What REST answers, as it is now.
    std::string Book(std::uint32_t symbol, std::size_t depth) const;
    std::string Ticker(std::uint32_t symbol, std::int64_t time_ms) const;
    std::string Trade(std::uint32_t symbol, const TradeTick& trade) const;

    const std::vector<Instrument>& instruments() const { return instruments_; }
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

    struct Names {
        std::uint32_t quote = 0;
        std::uint32_t trades[kPaces] = {};
        std::uint32_t tickers[kPaces] = {};
        std::map<std::int64_t, std::uint32_t> charts;  // by bar length
    };

    void OnTrade(const MarketEvent& event, const TradeTick& trade) override;
    void OnQuote(const MarketEvent& event, const BestQuote& quote) override;
    void OnTicker(const MarketEvent& event) override;
    void OnCandle(const MarketEvent& event, const CandleMoment& moment) override;
    void WriteChange(const BookStream& book, const BookWindow::Step& step, std::int64_t time_ms)
        override;
    void WriteBook(const BookStream& book, std::int64_t time_ms, const Out& out) override;
    std::int64_t MiddleOf(std::uint32_t symbol) const;
    // Of what its price is derived from.
    std::int64_t IndexPriceOf(std::uint32_t symbol) const;

    // A message up to its data, and from there on.
    void Open(std::uint32_t symbol, std::uint32_t stream, FrameKind kind);
    void Finish(std::string_view identity) { Finish(out(), identity); }
    void Finish(const Out& out, std::string_view identity);

    const std::vector<Instrument> instruments_;
    std::vector<Names> names_;
};

}  // namespace mp::sim::deribit
