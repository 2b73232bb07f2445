#include "exchange-sim/market_book.hpp"

#include <algorithm>
#include <iterator>

namespace mp::sim {

void MarketBook::Set(BookSide side, std::int64_t price, std::int64_t quantity) {
    LevelMap& levels = levels_[static_cast<int>(side)];
    const std::int64_t key = Key(side, price);
    if (quantity == 0) {
        levels.erase(key);
    } else {
        levels[key] = quantity;
    }
    ++update_id_;
    for (Feed& feed : feeds_) feed.keys[static_cast<int>(side)].push_back(key);
}

std::int64_t MarketBook::Quantity(BookSide side, std::int64_t price) const {
    const auto at = Levels(side).find(Key(side, price));
    return at == Levels(side).end() ? 0 : at->second;
}

BookLevel MarketBook::Best(BookSide side) const {
    return Nth(side, 0);
}

BookLevel MarketBook::Nth(BookSide side, std::size_t n) const {
    const LevelMap& levels = Levels(side);
    const auto at =
        std::next(levels.begin(), static_cast<std::ptrdiff_t>(std::min(n, levels.size() - 1)));
    return {Key(side, at->first), at->second};
}

BookLevel MarketBook::Worst(BookSide side) const {
    const auto at = std::prev(Levels(side).end());
    return {Key(side, at->first), at->second};
}

std::vector<BookLevel> MarketBook::Top(BookSide side, std::size_t limit) const {
    std::vector<BookLevel> top;
    top.reserve(std::min(limit, Depth(side)));
    for (const auto& [key, quantity] : Levels(side)) {
        if (top.size() == limit) break;
        top.emplace_back(Key(side, key), quantity);
    }
    return top;
}

BookDelta MarketBook::TakeChanges(int index) {
    Feed& feed = feeds_[index];
    BookDelta delta{feed.published + 1, update_id_, {}, {}};
    feed.published = update_id_;
    for (const BookSide side : {BookSide::kBid, BookSide::kAsk}) {
        auto& keys = feed.keys[static_cast<int>(side)];
        std::ranges::sort(keys);
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
        auto& out = side == BookSide::kBid ? delta.bids : delta.asks;
        const LevelMap& levels = Levels(side);
        for (const std::int64_t key : keys) {
            const auto at = levels.find(key);
            out.emplace_back(Key(side, key), at == levels.end() ? 0 : at->second);
        }
        keys.clear();
    }
    return delta;
}

}  // namespace mp::sim
