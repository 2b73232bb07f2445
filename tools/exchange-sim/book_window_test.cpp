#include "exchange-sim/book_window.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

MarketBook TwoLevels() {
    MarketBook book(100);
    book.Set(BookSide::kBid, 10, 1);
    book.Set(BookSide::kBid, 9, 2);
    book.Set(BookSide::kAsk, 11, 3);
    book.Set(BookSide::kAsk, 12, 4);
    return book;
}

TEST(BookWindow, SaysWhatIsNewChangedAndGone) {
    MarketBook book = TwoLevels();
    BookWindow window(0);
    window.Reset(book);
    book.Set(BookSide::kBid, 10, 5);  // changed
    book.Set(BookSide::kBid, 9, 0);   // gone
    book.Set(BookSide::kAsk, 13, 6);  // new
    BookWindow::Step step;
    ASSERT_TRUE(window.Advance(book, step));
    EXPECT_EQ(step.previous, 104u);
    EXPECT_EQ(step.last, 107u);
    ASSERT_EQ(step.bids.size(), 2u);
    EXPECT_EQ(step.bids[0].quantity, 5);
    EXPECT_FALSE(step.bids[0].is_new);
    EXPECT_EQ(step.bids[1].quantity, 0);
    ASSERT_EQ(step.asks.size(), 1u);
    EXPECT_TRUE(step.asks[0].is_new);
}

TEST(BookWindow, FillsUpFromBelowItsDepth) {
    MarketBook book = TwoLevels();
    BookWindow window(1);
    window.Reset(book);
    book.Set(BookSide::kAsk, 11, 0);
    BookWindow::Step step;
    ASSERT_TRUE(window.Advance(book, step));
    ASSERT_EQ(step.asks.size(), 2u);
    EXPECT_EQ(step.asks[0].price, 11);
    EXPECT_EQ(step.asks[1].price, 12);
    EXPECT_TRUE(step.asks[1].is_new);
}

TEST(BookWindow, HasNothingToSayAboutWhatItDoesNotShow) {
    MarketBook book = TwoLevels();
    BookWindow window(1);
    window.Reset(book);
    book.Set(BookSide::kAsk, 12, 9);
    BookWindow::Step step;
    EXPECT_FALSE(window.Advance(book, step));
    EXPECT_EQ(window.last(), 104u);
}

TEST(BookWindow, NumbersAnewWithoutBreakingTheChain) {
    MarketBook book = TwoLevels();
    for (int i = 0; i < 2000; ++i) book.Set(BookSide::kBid, 8, i + 1);
    BookWindow window(0);
    window.Reset(book);
    window.RestartIds();
    book.Set(BookSide::kAsk, 11, 8);
    BookWindow::Step step;
    ASSERT_TRUE(window.Advance(book, step));
    EXPECT_EQ(step.previous, 2104u);
    EXPECT_EQ(step.last, 1000u);
    book.Set(BookSide::kAsk, 11, 9);
    ASSERT_TRUE(window.Advance(book, step));
    EXPECT_EQ(step.previous, 1000u);
    EXPECT_EQ(step.last, 1001u);
}

}  // namespace
}  // namespace mp::sim
