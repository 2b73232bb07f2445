#include "model/order_book.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <rapidcheck/gtest.h>
#include <string_view>

namespace mp::model {
namespace {

Level L(std::string_view price, std::string_view quantity) {
    return {*Decimal::Parse(price), *Decimal::Parse(quantity)};
}

using Levels = std::vector<Level>;

OrderBook SmallBook() {
    OrderBook book;
    book.Reset(
        Levels{L("100.5", "1"), L("100", "2"), L("99", "3")},
        Levels{L("101", "4"), L("102.25", "5")}
    );
    return book;
}

TEST(OrderBook, HoldsASnapshotBestLevelAtTheEnd) {
    const OrderBook book = SmallBook();
    EXPECT_EQ(*book.best_bid(), L("100.5", "1"));
    EXPECT_EQ(*book.best_ask(), L("101", "4"));
    EXPECT_EQ(book.bids().front(), L("99", "3"));
    EXPECT_FALSE(book.crossed());
}

TEST(OrderBook, SetsAddsAndRemovesLevels) {
    OrderBook book = SmallBook();
    book.Apply(
        Levels{L("100.5", "0"), L("100", "7"), L("99.5", "8")},
        Levels{L("100.75", "9"), L("103", "1")}
    );
    EXPECT_EQ(
        (Levels{book.bids().begin(), book.bids().end()}),
        (Levels{L("99", "3"), L("99.5", "8"), L("100", "7")})
    );
    EXPECT_EQ(
        (Levels{book.asks().begin(), book.asks().end()}),
        (Levels{L("103", "1"), L("102.25", "5"), L("101", "4"), L("100.75", "9")})
    );
    EXPECT_EQ(book.unknown_removals(), 0u);
}

TEST(OrderBook, CountsRemovalsOfLevelsItDoesNotHold) {
    OrderBook book = SmallBook();
    book.Apply(Levels{L("50", "0")}, Levels{L("500", "0")});
    EXPECT_EQ(book.unknown_removals(), 2u);
    EXPECT_EQ(book.bids().size(), 3u);
}

TEST(OrderBook, GivesTheTopBestFirst) {
    Levels bids, asks;
    SmallBook().Top(2, bids, asks);
    EXPECT_EQ(bids, (Levels{L("100.5", "1"), L("100", "2")}));
    EXPECT_EQ(asks, (Levels{L("101", "4"), L("102.25", "5")}));
    SmallBook().Top(0, bids, asks);
    EXPECT_EQ(bids.size(), 3u);
    OrderBook{}.Top(5, bids, asks);
    EXPECT_TRUE(bids.empty());
}

TEST(OrderBook, SeesThatItIsCrossed) {
    OrderBook book = SmallBook();
    book.Apply(Levels{L("101", "1")}, Levels{});
    EXPECT_TRUE(book.crossed());
    EXPECT_FALSE(OrderBook{}.crossed());
}

TEST(OrderBook, SortsADisorderedSnapshotAndKeepsTheLastOfARepeatedPrice) {
    OrderBook book;
    book.Reset(Levels{L("1", "1"), L("3", "1"), L("2", "0"), L("3", "9")}, Levels{});
    EXPECT_EQ((Levels{book.bids().begin(), book.bids().end()}), (Levels{L("1", "1"), L("3", "9")}));
}

TEST(OrderBook, KnowsHowFarItsSnapshotReached) {
    BookSnapshot snapshot;
    const Levels bids{L("100", "1"), L("99", "1"), L("98", "1")};
    snapshot.bids = bids;
    snapshot.known_bid_to = *Decimal::Parse("98");
    OrderBook book;
    book.Reset(snapshot);
    EXPECT_EQ(book.known_bid_to(), *Decimal::Parse("98"));
    EXPECT_FALSE(book.known_ask_to()) << "a whole side";
    book.Apply(Levels{L("100", "0"), L("97", "1")}, Levels{});
    EXPECT_EQ(book.known_bid_to(), *Decimal::Parse("98"))
        << "between 98 and 97 levels may be missing";
    book.Reset(bids, {});
    EXPECT_FALSE(book.known_bid_to()) << "a whole book";
}

// The obvious implementation.
struct Reference {
    std::map<Decimal, Decimal> bids, asks;
    uint64_t unknown = 0;

    void Apply(const Levels& changes, std::map<Decimal, Decimal>& side) {
        for (const Level& change : changes) {
            if (!change.quantity.IsZero()) {
                side[change.price] = change.quantity;
            } else if (side.erase(change.price) == 0) {
                ++unknown;
            }
        }
    }
};

Levels AnyChanges() {
    const bool sorted = *rc::gen::arbitrary<bool>();
    Levels changes(*rc::gen::inRange<size_t>(0, 12));
    for (Level& change : changes) {
        change.price = Decimal::Make(*rc::gen::inRange(-20, 120), *rc::gen::inRange(0, 3));
        change.quantity = Decimal::Make(*rc::gen::inRange(0, 3), 1);
    }
    if (sorted) {
        std::sort(changes.begin(), changes.end(), [](const Level& a, const Level& b) {
            return a.price > b.price;
        });
    }
    return changes;
}

RC_GTEST_PROP(OrderBook, IsTheSameAsASortedMap, ()) {
    OrderBook book;
    Reference reference;
    for (int i = *rc::gen::inRange(1, 30); i > 0; --i) {
        const Levels bids = AnyChanges();
        const Levels asks = AnyChanges();
        book.Apply(bids, asks);
        reference.Apply(bids, reference.bids);
        reference.Apply(asks, reference.asks);
    }
    Levels expected_bids, expected_asks, bids, asks;
    for (const auto& [price, quantity] : reference.bids) expected_bids.push_back({price, quantity});
    std::reverse(expected_bids.begin(), expected_bids.end());
    for (const auto& [price, quantity] : reference.asks) expected_asks.push_back({price, quantity});
    book.Top(0, bids, asks);
    RC_ASSERT(bids == expected_bids);
    RC_ASSERT(asks == expected_asks);
    RC_ASSERT(book.unknown_removals() == reference.unknown);

    OrderBook copy;
    copy.Reset(bids, asks);
    RC_ASSERT(
        std::equal(copy.bids().begin(), copy.bids().end(), book.bids().begin(), book.bids().end())
    );
    RC_ASSERT(
        std::equal(copy.asks().begin(), copy.asks().end(), book.asks().begin(), book.asks().end())
    );
}

}  // namespace
}  // namespace mp::model
