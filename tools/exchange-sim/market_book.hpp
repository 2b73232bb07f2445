#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace mp::sim {

enum class BookSide : std::uint8_t { kBid, kAsk };

// A level: price in ticks, quantity in lots (0 = removed).
using BookLevel = std::pair<std::int64_t, std::int64_t>;

struct BookDelta {
    std::uint64_t first_id = 0;
    std::uint64_t last_id = 0;
    std::vector<BookLevel> bids;  // best first
    std::vector<BookLevel> asks;
};

// The order book of the generated market. Each change of a level takes the next update id.
class MarketBook {
  public:
    // Streams that publish the changes at their own pace: each sees every change once.
    static constexpr int kFeeds = 2;

    explicit MarketBook(std::uint64_t last_update_id) : update_id_(last_update_id) {
        for (Feed& feed : feeds_) feed.published = last_update_id;
    }

    void Set(BookSide side, std::int64_t price, std::int64_t quantity);
    std::int64_t Quantity(BookSide side, std::int64_t price) const;

    BookLevel Best(BookSide side) const;
    // The `n`-th level from the best one, 0 being the best; the last one where there are fewer.
    BookLevel Nth(BookSide side, std::size_t n) const;
    BookLevel Worst(BookSide side) const;
    std::size_t Depth(BookSide side) const { return Levels(side).size(); }
    std::vector<BookLevel> Top(BookSide side, std::size_t limit) const;

    std::uint64_t update_id() const { return update_id_; }

    // The changes since this feed's last call; without any, first_id > last_id.
    BookDelta TakeChanges(int feed);

  private:
    // Keyed so that the best level comes first on both sides: bids by negated price.
    using LevelMap = std::map<std::int64_t, std::int64_t>;

    struct Feed {
        std::uint64_t published = 0;
        std::vector<std::int64_t> keys[2];
    };

    static std::int64_t Key(BookSide side, std::int64_t price) {
        return side == BookSide::kBid ? -price : price;
    }
    const LevelMap& Levels(BookSide side) const { return levels_[static_cast<int>(side)]; }

    LevelMap levels_[2];
    std::uint64_t update_id_;
    Feed feeds_[kFeeds];
};

}  // namespace mp::sim
