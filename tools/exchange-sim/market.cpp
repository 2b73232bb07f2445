#include "exchange-sim/market.hpp"

#include <algorithm>
#include <tuple>

#include "base/hash.hpp"
#include "exchange-sim/decimal_text.hpp"

namespace mp::sim {
namespace {

constexpr std::size_t kThinDepth = 5;   // a side never gets thinner
constexpr std::size_t kMinDepth = 700;  // levels a side
constexpr std::size_t kMaxDepth = 1400;
constexpr std::size_t kStartDepth = 1100;
constexpr std::size_t kKeptTrades = 20'000;
constexpr std::size_t kKeptMinutes = 3 * 1440;
constexpr std::size_t kKeptSeconds = 3600;
constexpr std::size_t kHistoryMinutes = 1500;
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kPeriodMs[] = {100, 1000, 1000, 1000};
// Periodic messages may not crowd out trades where the rate is too low for all.
constexpr int kMaxPeriodicInARow = 2;
// Of more symbols the quietest would not move for minutes.
constexpr std::size_t kMany = 100;

// Towards worse prices.
std::int64_t Away(BookSide side) {
    return side == BookSide::kBid ? -1 : 1;
}

template <typename T>
void Keep(std::deque<T>& history, T entry) {
    history.push_back(std::move(entry));
    if (history.size() > kKeptTrades) history.pop_front();
}

}  // namespace

Market::Symbol::Symbol(SymbolSpec symbol_spec, std::uint64_t first_id)
    : spec(std::move(symbol_spec)),
      book(first_id),
      seconds(1000, kKeptSeconds, spec.inverse),
      minutes(kMinuteMs, kKeptMinutes, spec.inverse) {}

BestQuote Market::Symbol::best() const {
    const BookLevel bid = book.Best(BookSide::kBid);
    const BookLevel ask = book.Best(BookSide::kAsk);
    return {
        book.update_id(),
        price(bid.first),
        quantity(bid.second),
        price(ask.first),
        quantity(ask.second)};
}

Market::Market(std::vector<SymbolSpec> specs, MarketOptions options, std::int64_t start_ms)
    : options_(std::move(options)), random_(options_.seed), now_ms_(start_ms) {
    symbols_.reserve(specs.size());
    for (SymbolSpec& spec : specs) {
        // Update ids differ by symbol, as real ones do.
        const std::uint64_t first_id = 1'000'000'000 + Fnv1a(spec.canonical()) % 1'000'000'000;
        symbols_.emplace_back(std::move(spec), first_id);
        Open(symbols_.back(), start_ms);
    }
    const auto count = static_cast<std::int64_t>(symbols_.size());
    for (std::uint32_t i = 0; i < symbols_.size(); ++i) {
        for (int what = 0; what < 4; ++what) {
            // Spread over the period, so that the symbols do not all speak at once.
            const std::int64_t offset = kPeriodMs[what] * i / count;
            due_.push({start_ms + kPeriodMs[what] + offset, i, static_cast<Periodic>(what)});
        }
    }
}

void Market::Open(Symbol& symbol, std::int64_t start_ms) {
    const std::int64_t middle = symbol.spec.price_e8 / symbol.spec.tick_e8();
    for (const BookSide side : {BookSide::kBid, BookSide::kAsk}) {
        std::int64_t price = side == BookSide::kBid ? middle : middle + 1;
        for (std::size_t i = 0; i < kStartDepth && price > 0; ++i) {
            symbol.book.Set(side, price, RandomLots(symbol));
            price += Away(side) * static_cast<std::int64_t>(1 + Random(4));
        }
    }
    for (int feed = 0; feed < MarketBook::kFeeds; ++feed) symbol.book.TakeChanges(feed);
    MakeHistory(symbol, start_ms);
    for (const std::int64_t interval : options_.candle_intervals_ms) {
        symbol.open_candles[interval] = IntervalStart(start_ms, interval);
    }
}

void Market::TrackCandles(std::int64_t interval_ms) {
    for (Symbol& symbol : symbols_) {
        symbol.open_candles.emplace(interval_ms, IntervalStart(now_ms_, interval_ms));
    }
}

// Candles of the day before the market opened, walked back from its opening price.
void Market::MakeHistory(Symbol& symbol, std::int64_t start_ms) {
    std::vector<Candle> history(kHistoryMinutes);
    const std::int64_t tick = symbol.spec.tick_e8();
    std::int64_t close = symbol.spec.price_e8;
    std::int64_t trade_id = 1'000'000'000;
    std::int64_t open_ms = IntervalStart(start_ms, kMinuteMs);
    for (auto candle = history.rbegin(); candle != history.rend(); ++candle) {
        open_ms -= kMinuteMs;
        const auto range =
            static_cast<std::uint64_t>(std::max(close / tick / 1000, std::int64_t{3}));
        const auto step = [&] { return static_cast<std::int64_t>(Random(range)) * tick; };
        candle->open_ms = open_ms;
        candle->close = close;
        candle->open = std::max(close + step() - step(), 10 * tick);
        candle->high = std::max(candle->open, close) + step() / 2 / tick * tick;
        candle->low = std::max(std::min(candle->open, close) - step() / 2 / tick * tick, tick);
        candle->trades = static_cast<std::int64_t>(20 + Random(200));
        candle->last_id = trade_id - 1;
        trade_id -= candle->trades;
        candle->first_id = trade_id;
        candle->volume = symbol.quantity(candle->trades * RandomLots(symbol) / 4 + 1);
        const std::int64_t middle = (candle->open + close) / 2 / tick * tick;
        candle->quote_volume = symbol.spec.inverse ? DivideE8(candle->volume, middle)
                                                   : MultiplyE8(candle->volume, middle);
        candle->taker_volume = candle->volume / 2;
        candle->taker_quote_volume = candle->quote_volume / 2;
        close = candle->open;
    }
    for (Candle& candle : history) {
        for (std::int64_t* price : {&candle.open, &candle.high, &candle.low, &candle.close}) {
            *price -= symbol.spec.below_e8;
        }
        symbol.minutes.Append(candle);
    }
    Candle last;
    last.open_ms = IntervalStart(start_ms, 1000) - 1000;
    last.open = last.high = last.low = last.close = symbol.spec.price_e8 - symbol.spec.below_e8;
    symbol.seconds.Append(last);
    symbol.next_trade_id = 1'000'000'000;
    symbol.next_aggregate_id = 700'000'000;
}

void Market::Next(std::int64_t now_ms, const std::function<void(const MarketEvent&)>& emit) {
    now_ms_ = std::max(now_ms, now_ms_);
    while (true) {
        if (ready_.empty()) {
            const bool due = due_.top().time_ms <= now_ms_;
            if (due && periodic_in_a_row_ < kMaxPeriodicInARow) {
                ++periodic_in_a_row_;
                const Due next = due_.top();
                due_.pop();
                RunDue(next);
            } else {
                periodic_in_a_row_ = 0;
                // Some symbols are busier than others.
                const std::uint64_t a = Random(symbols_.size());
                const std::uint64_t b = Random(symbols_.size());
                const bool fair = symbols_.size() > kMany && Random(4) == 0;
                Act(static_cast<std::uint32_t>(fair ? a : std::min(a, b)));
            }
            continue;
        }
        const MarketEvent event = std::move(ready_.front());
        ready_.pop_front();
        emit(event);
        if (event.primary) return;
    }
}

void Market::Push(std::uint32_t symbol, MarketChange change, bool primary) {
    ready_.push_back({symbol, now_ms_, primary, std::move(change)});
}

std::int64_t Market::RandomLots(const Symbol& symbol) {
    // Worth roughly 1 to 20,000 dollars, small ones often.
    const std::uint64_t value = (1 + Random(40)) * (1 + Random(40)) * (1 + Random(12));
    const std::int64_t lots =
        static_cast<std::int64_t>(value) * symbol.spec.lots_per_1000_usd / 1000;
    const std::int64_t most = 9'000'000 * kE8 / symbol.spec.lot_e8();
    return std::clamp<std::int64_t>(lots + static_cast<std::int64_t>(Random(10)), 1, most);
}

void Market::Act(std::uint32_t index) {
    Symbol& symbol = symbols_[index];
    for (std::uint64_t i = Random(3); i > 0; --i) ChangeDeepLevel(symbol);
    if (Random(100) < 35) {
        Trade(index, symbol);
    } else {
        MoveTop(index, symbol);
    }
    KeepDepth(symbol, BookSide::kBid);
    KeepDepth(symbol, BookSide::kAsk);
}

double Market::UpwardChance(const Symbol& symbol) const {
    const BestQuote best = symbol.best();
    const double middle =
        static_cast<double>(best.bid + best.ask) / 2 + static_cast<double>(symbol.spec.below_e8);
    const auto home = static_cast<double>(symbol.spec.price_e8);
    return 0.5 - std::clamp((middle - home) / home * 10, -0.3, 0.3);
}

// A taker order of one to three fills at the best price of the other side.
void Market::Trade(std::uint32_t index, Symbol& symbol) {
    const bool buys = Chance(UpwardChance(symbol));
    const BookSide hit = buys ? BookSide::kAsk : BookSide::kBid;
    const BookLevel best = symbol.book.Best(hit);
    const std::int64_t reserve = symbol.book.Depth(hit) > kThinDepth ? 0 : 1;
    std::int64_t left = std::min(RandomLots(symbol), best.second - reserve);
    if (left <= 0) return MoveTop(index, symbol);
    std::int64_t standing = best.second;
    AggregateTrade sum{
        symbol.next_aggregate_id++,
        symbol.next_trade_id,
        0,
        symbol.price(best.first),
        0,
        now_ms_,
        !buys};
    for (int fill = static_cast<int>(Random(3)); left > 0; --fill) {
        const auto part =
            fill <= 0 ? left
                      : static_cast<std::int64_t>(1 + Random(static_cast<std::uint64_t>(left)));
        left -= part;
        standing -= part;
        symbol.book.Set(hit, best.first, standing);
        const TradeTick tick{
            symbol.next_trade_id++, sum.price, symbol.quantity(part), now_ms_, !buys};
        symbol.minutes.AddTrade(now_ms_, tick.id, tick.price, tick.quantity, buys);
        symbol.seconds.AddTrade(now_ms_, tick.id, tick.price, tick.quantity, buys);
        Keep(symbol.trades, tick);
        sum.quantity += tick.quantity;
        sum.last_trade = tick.id;
        Push(index, tick, !options_.aggregate_is_primary);
    }
    Keep(symbol.aggregates, sum);
    Push(index, sum, options_.aggregate_is_primary);
    Push(index, symbol.best());
}

// Changes the best level of one side: its quantity, or a better price, or it goes.
void Market::MoveTop(std::uint32_t index, Symbol& symbol) {
    const bool up = Chance(UpwardChance(symbol));
    const BookLevel bid = symbol.book.Best(BookSide::kBid);
    const BookLevel ask = symbol.book.Best(BookSide::kAsk);
    const std::int64_t spread = ask.first - bid.first;
    const std::int64_t wide = std::max<std::int64_t>(ask.first / 5000, 8);
    const std::uint64_t dice = Random(100);
    if (dice < 50 && spread <= wide) {
        const BookSide side = Chance(0.5) ? BookSide::kBid : BookSide::kAsk;
        symbol.book.Set(side, symbol.book.Best(side).first, RandomLots(symbol));
    } else if (spread > 1 && (dice < 75 || spread > wide)) {
        // Up: a better bid. Down: a better ask.
        const auto step = static_cast<std::int64_t>(
            1 + Random(static_cast<std::uint64_t>(std::min<std::int64_t>(spread - 1, 5)))
        );
        const BookSide side = up ? BookSide::kBid : BookSide::kAsk;
        const std::int64_t from = up ? bid.first : ask.first;
        symbol.book.Set(side, from - Away(side) * step, RandomLots(symbol));
    } else {
        const BookSide side = up ? BookSide::kAsk : BookSide::kBid;
        const bool thin = symbol.book.Depth(side) <= kThinDepth;
        symbol.book.Set(side, symbol.book.Best(side).first, thin ? RandomLots(symbol) : 0);
    }
    Push(index, symbol.best());
}

void Market::ChangeDeepLevel(Symbol& symbol) {
    const BookSide side = Chance(0.5) ? BookSide::kBid : BookSide::kAsk;
    // Most changes happen near the top.
    const std::uint64_t reach = Chance(0.8) ? 40 : 600;
    const std::int64_t distance = 1 + static_cast<std::int64_t>(Random(reach));
    const std::int64_t price = symbol.book.Best(side).first + Away(side) * distance;
    if (price <= 0) return;
    const bool remove = symbol.book.Quantity(side, price) > 0 && Chance(0.4);
    symbol.book.Set(side, price, remove ? 0 : RandomLots(symbol));
}

void Market::KeepDepth(Symbol& symbol, BookSide side) {
    MarketBook& book = symbol.book;
    if (book.Depth(side) > kMaxDepth) {
        book.Set(side, book.Worst(side).first, 0);
    } else if (book.Depth(side) < kMinDepth) {
        const auto step = static_cast<std::int64_t>(1 + Random(4));
        const std::int64_t price = book.Worst(side).first + Away(side) * step;
        if (price > 0) book.Set(side, price, RandomLots(symbol));
    }
}

void Market::RunDue(const Due& due) {
    Symbol& symbol = symbols_[due.symbol];
    const std::int64_t period = kPeriodMs[static_cast<int>(due.what)];
    // Where the rate is too low to keep up, moments are skipped rather than queued.
    std::int64_t next = due.time_ms + period;
    if (next <= now_ms_) next += (now_ms_ - next) / period * period;
    due_.push({next, due.symbol, due.what});

    if (due.what == Periodic::kFastDepth || due.what == Periodic::kSlowDepth) {
        const bool fast = due.what == Periodic::kFastDepth;
        BookDelta delta = symbol.book.TakeChanges(fast ? 0 : 1);
        Push(due.symbol, DepthTop{fast}, false);
        if (delta.first_id > delta.last_id) return;
        Push(due.symbol, DepthChange{std::move(delta), fast}, fast);
    } else if (due.what == Periodic::kTicker) {
        Push(due.symbol, TickerMoment{});
    } else {
        CloseCandles(due.symbol, symbol);
    }
}

void Market::CloseCandles(std::uint32_t index, Symbol& symbol) {
    symbol.minutes.Extend(now_ms_);
    symbol.seconds.Extend(now_ms_);
    const bool even = now_ms_ / 1000 % 2 == 0;
    for (auto& [interval, open] : symbol.open_candles) {
        const CandleSeries& base = symbol.base_of(interval);
        for (; open + interval <= now_ms_; open += interval) {
            Push(index, CandleMoment{interval, base.Fold(open, interval), true}, false);
        }
        // Open candles are published once a second for 1 s bars, else every two seconds.
        if (!even && interval > 1000) continue;
        Push(
            index, CandleMoment{interval, base.Fold(open, interval), false}, interval == kMinuteMs
        );
    }
}

Candle RollingDay(const Market::Symbol& symbol, std::int64_t now_ms) {
    constexpr std::int64_t kDay = 24 * 3600 * 1000;
    return symbol.minutes.Fold(IntervalStart(now_ms, kMinuteMs) + kMinuteMs - kDay, kDay);
}

}  // namespace mp::sim
