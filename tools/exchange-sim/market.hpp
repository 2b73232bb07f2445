#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <queue>
#include <random>
#include <set>
#include <tuple>
#include <variant>
#include <vector>

#include "exchange-sim/candles.hpp"
#include "exchange-sim/market_book.hpp"
#include "exchange-sim/symbol_spec.hpp"

namespace mp::sim {

// What happens in the generated market. Prices and quantities in 10^-8, times in ms.
struct TradeTick {
    std::int64_t id = 0;
    std::int64_t price = 0;
    std::int64_t quantity = 0;
    std::int64_t time_ms = 0;
    bool taker_sells = false;
};

// Fills of one taker order at one price.
struct AggregateTrade {
    std::int64_t id = 0;
    std::int64_t first_trade = 0;
    std::int64_t last_trade = 0;
    std::int64_t price = 0;
    std::int64_t quantity = 0;
    std::int64_t time_ms = 0;
    bool taker_sells = false;
};

struct BestQuote {
    std::uint64_t update_id = 0;
    std::int64_t bid = 0, bid_quantity = 0, ask = 0, ask_quantity = 0;
};

struct DepthChange {
    BookDelta delta;
    bool fast = true;  // of the 100 ms feed, else of the 1 s feed
};

struct DepthTop {  // a moment at which partial books are published
    bool fast = true;
};

struct TickerMoment {};

struct CandleMoment {
    std::int64_t interval_ms = 0;
    Candle candle;
    bool closed = false;
};

using MarketChange = std::variant<
    TradeTick,
    AggregateTrade,
    BestQuote,
    DepthChange,
    DepthTop,
    TickerMoment,
    CandleMoment>;

struct MarketEvent {
    std::uint32_t symbol = 0;
    std::int64_t time_ms = 0;
    // Counts towards the message rate. The others repeat the same in a further form (aggregate
    // beside single trades, the slow depth feed, longer candles) and go only to who asked for them.
    bool primary = true;
    MarketChange change;
};

struct MarketOptions {
    std::uint64_t seed = 1;
    bool aggregate_is_primary = false;
    std::set<std::int64_t> candle_intervals_ms{60'000, 1'000};
};

// An endless, plausible market: a random walk with a pull back, a book per symbol that every trade
// takes from, and what exchanges derive from the two. The same seed and the same sequence of times
// give the same market. One thread, no I/O.
class Market {
  public:
    Market(std::vector<SymbolSpec> specs, MarketOptions options, std::int64_t start_ms);

    // Gives the next primary event, and before it what happened beside it.
    void Next(std::int64_t now_ms, const std::function<void(const MarketEvent&)>& emit);

    // From now on candles of this interval are published too.
    void TrackCandles(std::int64_t interval_ms);

    struct Symbol {
        Symbol(SymbolSpec symbol_spec, std::uint64_t first_id);

        SymbolSpec spec;
        MarketBook book;
        CandleSeries seconds;
        CandleSeries minutes;
        std::deque<TradeTick> trades;           // the latest ones
        std::deque<AggregateTrade> aggregates;  // the latest ones
        std::int64_t next_trade_id = 0;
        std::int64_t next_aggregate_id = 0;
        std::map<std::int64_t, std::int64_t> open_candles;  // interval -> begin of the open one

        std::int64_t price(std::int64_t ticks) const {
            return ticks * spec.tick_e8() - spec.below_e8;
        }
        std::int64_t quantity(std::int64_t lots) const { return lots * spec.lot_e8(); }
        BestQuote best() const;
        const CandleSeries& base_of(std::int64_t interval_ms) const {
            return interval_ms < 60'000 ? seconds : minutes;
        }
    };

    const std::vector<Symbol>& symbols() const { return symbols_; }
    std::int64_t now_ms() const { return now_ms_; }

  private:
    enum class Periodic : std::uint8_t { kFastDepth, kSlowDepth, kTicker, kCandle };

    struct Due {
        std::int64_t time_ms;
        std::uint32_t symbol;
        Periodic what;
        bool operator>(const Due& other) const {
            return std::tie(time_ms, symbol, what) >
                   std::tie(other.time_ms, other.symbol, other.what);
        }
    };

    std::uint64_t Random(std::uint64_t below) { return random_() % below; }
    bool Chance(double probability) {
        return static_cast<double>(random_() >> 11) * 0x1.0p-53 < probability;
    }
    void Open(Symbol& symbol, std::int64_t start_ms);
    void MakeHistory(Symbol& symbol, std::int64_t start_ms);
    std::int64_t RandomLots(const Symbol& symbol);
    void Act(std::uint32_t index);
    void Trade(std::uint32_t index, Symbol& symbol);
    void MoveTop(std::uint32_t index, Symbol& symbol);
    void ChangeDeepLevel(Symbol& symbol);
    void KeepDepth(Symbol& symbol, BookSide side);
    double UpwardChance(const Symbol& symbol) const;
    void RunDue(const Due& due);
    void CloseCandles(std::uint32_t index, Symbol& symbol);
    void Push(std::uint32_t symbol, MarketChange change, bool primary = true);

    MarketOptions options_;
    std::mt19937_64 random_;
    std::vector<Symbol> symbols_;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
    std::deque<MarketEvent> ready_;
    std::int64_t now_ms_ = 0;
    int periodic_in_a_row_ = 0;
};

// The 24 hours that end now.
Candle RollingDay(const Market::Symbol& symbol, std::int64_t now_ms);

}  // namespace mp::sim
