#include "exchange-sim/book_window.hpp"

#include <utility>

namespace mp::sim {
namespace {

constexpr std::uint64_t kFirstIdAfterRestart = 1000;

// Both sides best first; `better(a, b)`: a stands before b.
template <typename Better>
std::vector<BookWindow::Change> Difference(
    const std::vector<BookLevel>& before, const std::vector<BookLevel>& after, Better better
) {
    std::vector<BookWindow::Change> changes;
    auto old = before.begin();
    for (const BookLevel& level : after) {
        while (old != before.end() && better(old->first, level.first)) {
            changes.push_back({(old++)->first, 0, false});
        }
        const bool known = old != before.end() && old->first == level.first;
        if (!known || old->second != level.second) {
            changes.push_back({level.first, level.second, !known});
        }
        if (known) ++old;
    }
    for (; old != before.end(); ++old) changes.push_back({old->first, 0, false});
    return changes;
}

}  // namespace

std::vector<BookLevel> BookWindow::Side(const MarketBook& book, BookSide side) const {
    return book.Top(side, depth_ == 0 ? book.Depth(side) : depth_);
}

void BookWindow::Reset(const MarketBook& book) {
    bids_ = Side(book, BookSide::kBid);
    asks_ = Side(book, BookSide::kAsk);
    last_ = book.update_id() - base_;
}

bool BookWindow::Advance(const MarketBook& book, Step& step) {
    auto bids = Side(book, BookSide::kBid);
    auto asks = Side(book, BookSide::kAsk);
    step.bids = Difference(bids_, bids, std::greater<>());
    step.asks = Difference(asks_, asks, std::less<>());
    if (step.bids.empty() && step.asks.empty()) return false;
    bids_ = std::move(bids);
    asks_ = std::move(asks);
    if (std::exchange(restart_, false)) base_ = book.update_id() - kFirstIdAfterRestart;
    step.previous = std::exchange(last_, book.update_id() - base_);
    step.last = last_;
    return true;
}

}  // namespace mp::sim
