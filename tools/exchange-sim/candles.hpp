#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace mp::sim {

// Open to close of one interval; prices, quantities in 10^-8, times in ms. Without trades all
// prices are the close before, first_id and last_id -1.
struct Candle {
    std::int64_t open_ms = 0;
    std::int64_t open = 0, high = 0, low = 0, close = 0;
    std::int64_t volume = 0, quote_volume = 0;
    std::int64_t taker_volume = 0, taker_quote_volume = 0;
    std::int64_t first_id = -1, last_id = -1;
    std::int64_t trades = 0;

    // `quote`: what the quantity is worth at that price.
    void Add(
        std::int64_t id,
        std::int64_t price,
        std::int64_t quantity,
        std::int64_t quote,
        bool taker_buys
    );
    void Add(const Candle& later);
};

// Where a kline interval that contains `time_ms` begins. Weeks begin on Monday; a month is 30 days.
std::int64_t IntervalStart(std::int64_t time_ms, std::int64_t interval_ms);

// The candles of one base interval, as many as fit, without holes. One thread.
class CandleSeries {
  public:
    // `inverse`: quantities count the quote currency, volumes of the other one follow by division.
    CandleSeries(std::int64_t interval_ms, std::size_t capacity, bool inverse = false)
        : interval_ms_(interval_ms), capacity_(capacity), inverse_(inverse) {}

    // Appends a finished candle; used for the history before the market opened.
    void Append(const Candle& candle);
    void AddTrade(
        std::int64_t time_ms,
        std::int64_t id,
        std::int64_t price,
        std::int64_t quantity,
        bool taker_buys
    );
    // Fills up with empty candles until one covers `time_ms`.
    void Extend(std::int64_t time_ms);

    // The candle of a longer interval that begins at `open_ms`, folded from this series.
    Candle Fold(std::int64_t open_ms, std::int64_t interval_ms) const;

    const std::deque<Candle>& candles() const { return candles_; }
    std::int64_t interval_ms() const { return interval_ms_; }

  private:
    const std::int64_t interval_ms_;
    const std::size_t capacity_;
    const bool inverse_;
    std::deque<Candle> candles_;
};

}  // namespace mp::sim
