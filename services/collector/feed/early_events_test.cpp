#include "collector/feed/early_events.hpp"

#include <gtest/gtest.h>

namespace mp::collector {
namespace {

constexpr SeriesId kBook = 1;
constexpr SeriesId kTrades = 2;

ChainLink LinkOf(uint64_t id) {
    return {id, id, std::nullopt};
}

model::Event TradeAt(Nanos time) {
    model::Event event;
    event.order_ts = time;
    event.body = model::Trade{};
    return event;
}

TEST(EarlyEvents, GiveEachSeriesItsOwnInTheirOrder) {
    EarlyEvents early;
    EXPECT_TRUE(early.empty());
    early.Keep(kTrades, LinkOf(7), TradeAt(70), 1, 5);
    early.Keep(kBook, LinkOf(3), TradeAt(30), 2, 0);
    early.Keep(kTrades, LinkOf(8), TradeAt(80), 3, 0);
    ASSERT_NE(early.First(kTrades), nullptr);
    EXPECT_EQ(early.First(kTrades)->link.last, 7u);
    const EarlyEvent first = early.Take(kTrades);
    EXPECT_EQ(first.event.order_ts, 70);
    EXPECT_EQ(first.steady, 1);
    EXPECT_EQ(first.after, 5u);
    EXPECT_EQ(early.Take(kTrades).link.last, 8u);
    EXPECT_EQ(early.First(kTrades), nullptr);
    EXPECT_FALSE(early.empty());
    early.Forget(kBook);
    EXPECT_TRUE(early.empty());
}

TEST(EarlyEvents, AnUpdateOfABookOutlivesWhereItCameFrom) {
    EarlyEvents early;
    {
        const std::vector<model::Level> bids{{*Decimal::Parse("9"), *Decimal::Parse("2")}};
        model::BookDelta delta;
        delta.bids = bids;
        delta.last_update_id = 5;
        model::Event event;
        event.body = delta;
        early.Keep(kBook, LinkOf(5), event, 1, 0);
    }
    const EarlyEvent kept = early.Take(kBook);
    const auto& delta = std::get<model::BookDelta>(kept.event.body);
    EXPECT_EQ(delta.last_update_id, 5u);
    ASSERT_EQ(delta.bids.size(), 1u);
    EXPECT_EQ(delta.bids[0].price, *Decimal::Parse("9"));
    EXPECT_TRUE(delta.asks.empty());
}

TEST(EarlyEvents, AreBounded) {
    EarlyEvents early(2);
    for (uint64_t id = 1; id <= 3; ++id) early.Keep(kTrades, LinkOf(id), TradeAt(1), 1, 0);
    EXPECT_EQ(early.Take(kTrades).link.last, 2u);
    EXPECT_EQ(early.Take(kTrades).link.last, 3u);
    EXPECT_TRUE(early.empty());
}

}  // namespace
}  // namespace mp::collector
