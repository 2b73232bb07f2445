#include "exchange-sim/market.hpp"

#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

#include "exchange-sim/binance/market_feed.hpp"
#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/hub.hpp"

namespace mp::sim {
namespace {

constexpr std::int64_t kStart = 1'750'000'000'000;

// A client's view of one symbol, built from what is published alone.
struct Follower {
    std::map<std::int64_t, std::int64_t, std::greater<>> bids;
    std::map<std::int64_t, std::int64_t> asks;
    std::uint64_t last = 0;

    template <typename Side>
    static void Apply(Side& side, const std::vector<BookLevel>& levels) {
        for (const auto& [price, quantity] : levels) {
            if (quantity == 0) {
                side.erase(price);
            } else {
                side[price] = quantity;
            }
        }
    }
};

std::vector<std::string> Symbols(const Market& market) {
    std::vector<std::string> symbols;
    for (const Market::Symbol& each : market.symbols()) {
        symbols.push_back(each.spec.base + each.spec.quote);
    }
    return symbols;
}

class MarketTest : public testing::Test {
  protected:
    Market Make(std::uint64_t seed = 7, const char* symbols = "BTC-USDT,ETH-BTC,DOGE-USDT") {
        return Market(*ParseSymbols(symbols), {seed, false, {60'000, 1'000, 300'000}}, kStart);
    }

    // `count` primary events at 1,000 a second.
    template <typename Fn>
    void Run(Market& market, int count, Fn&& fn) {
        for (int i = 0; i < count; ++i) market.Next(kStart + now_++, fn);
    }

    std::int64_t now_ = 0;
};

TEST_F(MarketTest, DeltasBridgeAndRebuildTheBook) {
    Market market = Make();
    std::vector<Follower> followers(market.symbols().size());
    for (std::size_t i = 0; i < followers.size(); ++i) {
        const MarketBook& book = market.symbols()[i].book;
        Follower::Apply(followers[i].bids, book.Top(BookSide::kBid, 5000));
        Follower::Apply(followers[i].asks, book.Top(BookSide::kAsk, 5000));
        followers[i].last = book.update_id();
    }
    int deltas = 0;
    Run(market, 30'000, [&](const MarketEvent& event) {
        const auto* change = std::get_if<DepthChange>(&event.change);
        if (change == nullptr || !change->fast) return;
        Follower& follower = followers[event.symbol];
        ASSERT_EQ(change->delta.first_id, follower.last + 1);
        follower.last = change->delta.last_id;
        Follower::Apply(follower.bids, change->delta.bids);
        Follower::Apply(follower.asks, change->delta.asks);
        ASSERT_LT(follower.bids.begin()->first, follower.asks.begin()->first);
        const MarketBook& book = market.symbols()[event.symbol].book;
        ASSERT_EQ(book.update_id(), follower.last);
        ASSERT_EQ(book.Depth(BookSide::kBid), follower.bids.size());
        ASSERT_EQ(book.Depth(BookSide::kAsk), follower.asks.size());
        ASSERT_EQ(book.Best(BookSide::kBid).second, follower.bids.begin()->second);
        ++deltas;
    });
    EXPECT_GT(deltas, 500);
}

TEST_F(MarketTest, QuotesAreTheTopOfTheBookAtTheirId) {
    Market market = Make();
    int compared = 0;
    Run(market, 20'000, [&](const MarketEvent& event) {
        const auto* quote = std::get_if<BestQuote>(&event.change);
        if (quote == nullptr) return;
        const Market::Symbol& symbol = market.symbols()[event.symbol];
        ASSERT_LT(quote->bid, quote->ask);
        if (quote->update_id != symbol.book.update_id()) return;
        ASSERT_EQ(quote->bid, symbol.best().bid);
        ASSERT_EQ(quote->ask_quantity, symbol.best().ask_quantity);
        ++compared;
    });
    EXPECT_GT(compared, 1000);
}

TEST_F(MarketTest, TradesAreNumberedAndAggregatesCoverThem) {
    Market market = Make();
    std::map<std::uint32_t, std::int64_t> last;
    std::map<std::uint32_t, std::int64_t> volume;
    Run(market, 20'000, [&](const MarketEvent& event) {
        if (const auto* trade = std::get_if<TradeTick>(&event.change)) {
            if (last.contains(event.symbol)) {
                ASSERT_EQ(trade->id, last[event.symbol] + 1);
            }
            last[event.symbol] = trade->id;
            volume[event.symbol] += trade->quantity;
            ASSERT_GT(trade->quantity, 0);
        }
        if (const auto* sum = std::get_if<AggregateTrade>(&event.change)) {
            ASSERT_EQ(sum->last_trade, last[event.symbol]);
            ASSERT_EQ(sum->quantity, std::exchange(volume[event.symbol], 0));
        }
    });
    EXPECT_EQ(last.size(), 3u);
}

TEST_F(MarketTest, CandlesAreTheFoldOfTheTrades) {
    Market market = Make();
    std::map<std::pair<std::uint32_t, std::int64_t>, Candle> expected;
    int closed = 0;
    Run(market, 200'000, [&](const MarketEvent& event) {
        if (const auto* trade = std::get_if<TradeTick>(&event.change)) {
            Candle& candle = expected[{event.symbol, trade->time_ms / 60'000}];
            const std::int64_t quote = MultiplyE8(trade->price, trade->quantity);
            candle.Add(trade->id, trade->price, trade->quantity, quote, !trade->taker_sells);
        }
        const auto* moment = std::get_if<CandleMoment>(&event.change);
        if (moment == nullptr || moment->interval_ms != 60'000 || !moment->closed) return;
        const auto at = expected.find({event.symbol, moment->candle.open_ms / 60'000});
        ASSERT_NE(at, expected.end());
        EXPECT_EQ(moment->candle.open, at->second.open);
        EXPECT_EQ(moment->candle.high, at->second.high);
        EXPECT_EQ(moment->candle.volume, at->second.volume);
        EXPECT_EQ(moment->candle.quote_volume, at->second.quote_volume);
        EXPECT_EQ(moment->candle.trades, at->second.trades);
        ++closed;
    });
    EXPECT_GE(closed, 6);
}

TEST_F(MarketTest, LongerCandlesHoldTheShorterOnes) {
    Market market = Make();
    Run(market, 150'000, [](const MarketEvent&) {});
    const CandleSeries& minutes = market.symbols()[0].minutes;
    const std::int64_t open = IntervalStart(kStart + 100'000, 300'000);
    std::int64_t volume = 0;
    for (const Candle& candle : minutes.candles()) {
        if (candle.open_ms >= open && candle.open_ms < open + 300'000) volume += candle.volume;
    }
    EXPECT_EQ(minutes.Fold(open, 300'000).volume, volume);
}

TEST_F(MarketTest, TheSameSeedGivesTheSameMarket) {
    const auto text = [this](std::uint64_t seed) {
        now_ = 0;
        Market market = Make(seed);
        Hub hub;
        std::string all;
        binance::MarketFeed feed(
            market,
            hub,
            {binance::kSpot,
             "",
             Symbols(market),
             std::vector<std::int64_t>(market.symbols().size())},
            [](std::uint32_t) { return true; },
            [&all](const Frame& frame) { all += frame.wrapped; }
        );
        Run(market, 3000, [&feed](const MarketEvent& event) { feed.Publish(event); });
        return all;
    };
    EXPECT_EQ(text(1), text(1));
    EXPECT_NE(text(1), text(2));
}

TEST_F(MarketTest, SurvivesPricesOfAFewTicks) {
    Market market = Make(3, "SHIB-BTC,PEPE-BTC,DOGE-BTC");
    Run(market, 50'000, [](const MarketEvent& event) {
        if (const auto* trade = std::get_if<TradeTick>(&event.change)) {
            ASSERT_GT(trade->price, 0);
        }
    });
}

TEST_F(MarketTest, StaysNearItsPrice) {
    Market market = Make(5, "BTC-USDT");
    Run(market, 300'000, [](const MarketEvent&) {});
    const double price = static_cast<double>(market.symbols()[0].best().bid) / kE8;
    EXPECT_GT(price, 50'000);
    EXPECT_LT(price, 80'000);
}

}  // namespace
}  // namespace mp::sim
