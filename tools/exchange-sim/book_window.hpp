#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "exchange-sim/market_book.hpp"

namespace mp::sim {

// The part of a generated book that one stream keeps up to date, as it was last published: venues
// whose streams carry snapshot and changes number what they publish, and say what is new in it.
class BookWindow {
  public:
    struct Change {
        std::int64_t price = 0;
        std::int64_t quantity = 0;  // 0: gone
        bool is_new = false;        // the level was not there before
    };
    struct Step {
        std::uint64_t previous = 0;
        std::uint64_t last = 0;
        std::vector<Change> bids;  // best first
        std::vector<Change> asks;
    };

    // `depth`: levels a side; 0 = all.
    explicit BookWindow(std::size_t depth) : depth_(depth) {}

    // Forgets what was published: from now on the window shows this book.
    void Reset(const MarketBook& book);
    // What has to be published to show this book; false where nothing in the window changed.
    bool Advance(const MarketBook& book, Step& step);
    // The next step's id begins anew, far below the one it follows.
    void RestartIds() { restart_ = true; }

    // The number that this state of the book has among the published ones.
    std::uint64_t IdOf(const MarketBook& book) const { return book.update_id() - base_; }
    std::uint64_t last() const { return last_; }
    const std::vector<BookLevel>& bids() const { return bids_; }
    const std::vector<BookLevel>& asks() const { return asks_; }

  private:
    std::vector<BookLevel> Side(const MarketBook& book, BookSide side) const;

    const std::size_t depth_;
    std::vector<BookLevel> bids_;
    std::vector<BookLevel> asks_;
    std::uint64_t last_ = 0;
    std::uint64_t base_ = 0;  // what published ids are below the book's own
    bool restart_ = false;
};

}  // namespace mp::sim
