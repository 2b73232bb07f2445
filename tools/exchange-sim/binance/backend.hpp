#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "exchange-sim/binance/market_feed.hpp"
#include "exchange-sim/market.hpp"
#include "exchange-sim/replay.hpp"

namespace mp::sim::binance {

// Rows asked for; absent bounds are open.
struct RowQuery {
    std::string symbol;
    std::optional<std::int64_t> from_id;
    std::optional<std::int64_t> start_ms;
    std::optional<std::int64_t> end_ms;
    std::size_t limit = 500;
};

// Where REST answers come from: the generated market or a recording. Answers are the venue's JSON.
class Backend {
  public:
    virtual ~Backend() = default;

    // nullopt: no book can be given.
    virtual boost::asio::awaitable<std::optional<std::string>> Depth(
        std::string symbol, std::size_t limit
    ) = 0;
    virtual std::string Klines(const RowQuery& query, std::int64_t interval_ms) const = 0;
    virtual std::string Trades(const RowQuery& query) const = 0;
    virtual std::string AggregateTrades(const RowQuery& query) const = 0;
    // One object; empty where nothing is known.
    virtual std::string DayTicker(const std::string& symbol) const = 0;
    virtual std::string BookTicker(const std::string& symbol) const = 0;
    // Somebody subscribed to candles of this interval.
    virtual void WantCandles(std::int64_t interval_ms) = 0;
};

class GeneratedBackend final : public Backend {
  public:
    GeneratedBackend(Market& market, const MarketFeed& feed) : market_(market), feed_(feed) {}

    boost::asio::awaitable<std::optional<std::string>> Depth(std::string symbol, std::size_t limit)
        override;
    std::string Klines(const RowQuery& query, std::int64_t interval_ms) const override;
    std::string Trades(const RowQuery& query) const override;
    std::string AggregateTrades(const RowQuery& query) const override;
    std::string DayTicker(const std::string& symbol) const override;
    std::string BookTicker(const std::string& symbol) const override;
    void WantCandles(std::int64_t interval_ms) override { market_.TrackCandles(interval_ms); }

  private:
    std::uint32_t IndexOf(const std::string& symbol) const;

    Market& market_;
    const MarketFeed& feed_;
};

// Answers from what the replay has sent so far. Candles and day tickers were not recorded by REST:
// none are given.
class RecordedBackend final : public Backend {
  public:
    explicit RecordedBackend(Replay& replay) : replay_(replay) {}

    boost::asio::awaitable<std::optional<std::string>> Depth(std::string symbol, std::size_t limit)
        override;
    std::string Klines(const RowQuery&, std::int64_t) const override { return "[]"; }
    std::string Trades(const RowQuery& query) const override;
    std::string AggregateTrades(const RowQuery& query) const override;
    std::string DayTicker(const std::string&) const override { return ""; }
    std::string BookTicker(const std::string& symbol) const override;
    void WantCandles(std::int64_t) override {}

  private:
    std::string Rows(const RowQuery& query, bool aggregate) const;

    Replay& replay_;
};

}  // namespace mp::sim::binance
