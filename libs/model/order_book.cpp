#include "model/order_book.hpp"

#include <algorithm>
#include <iterator>

#include "base/int128.hpp"

namespace mp::model {
namespace {

using Levels = std::vector<Level>;

// A price as an integer at the largest scale: every Decimal fits, so comparing needs no alignment.
// The better price is the greater rank on either side.
template <bool Bid>
Int128 Rank(const Decimal& price) {
    const auto power = static_cast<int64_t>(kPowersOfTen[Decimal::kMaxScale - price.scale]);
    const Int128 wide = Int128{price.mantissa} * power;
    return Bid ? wide : -wide;
}

// The first index whose rank is not below `rank`. Changes of one delta lie close together, so the
// search widens from `hint`, the place of the one before.
template <bool Bid>
size_t Find(const Levels& levels, Int128 rank, size_t hint) {
    const auto below = [&](size_t i) { return Rank<Bid>(levels[i].price) < rank; };
    size_t low = hint;
    size_t high = hint;
    if (hint < levels.size() && below(hint)) {
        for (size_t step = 1; high < levels.size() && below(high); step *= 2) {
            low = high + 1;
            high = std::min(high + step, levels.size());
        }
    } else {
        for (size_t step = 1; low > 0; step *= 2) {
            const size_t probe = low > step ? low - step : 0;
            if (below(probe)) {
                low = probe + 1;
                break;
            }
            high = low = probe;
        }
    }
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (below(middle)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

template <bool Bid>
uint64_t ApplySide(std::span<const Level> changes, Levels& levels) {
    uint64_t unknown = 0;
    size_t at = levels.size();
    for (const Level& change : changes) {
        at = Find<Bid>(levels, Rank<Bid>(change.price), at);
        const auto place = levels.begin() + static_cast<std::ptrdiff_t>(at);
        const bool held = at < levels.size() && place->price == change.price;
        if (held && change.quantity.IsZero()) {
            levels.erase(place);
        } else if (held) {
            place->quantity = change.quantity;
        } else if (change.quantity.IsZero()) {
            ++unknown;
        } else {
            levels.insert(place, change);
        }
    }
    return unknown;
}

template <bool Bid>
void Sort(Levels& levels) {
    const auto below = [](const Level& a, const Level& b) {
        return Rank<Bid>(a.price) < Rank<Bid>(b.price);
    };
    const auto not_above = [&](const Level& a, const Level& b) { return !below(a, b); };
    if (std::adjacent_find(levels.begin(), levels.end(), not_above) == levels.end()) return;
    // Still reversed: of equal prices the one that came last stands first and stays.
    std::stable_sort(levels.begin(), levels.end(), below);
    const auto same = [](const Level& a, const Level& b) { return a.price == b.price; };
    levels.erase(std::unique(levels.begin(), levels.end(), same), levels.end());
}

template <bool Bid>
void ResetSide(std::span<const Level> best_first, Levels& levels) {
    levels.clear();
    levels.reserve(best_first.size());
    std::copy_if(
        best_first.rbegin(),
        best_first.rend(),
        std::back_inserter(levels),
        [](const Level& level) { return !level.quantity.IsZero(); }
    );
    Sort<Bid>(levels);
}

void CopyTop(const Levels& levels, size_t depth, Levels& out) {
    const size_t count = depth == 0 ? levels.size() : std::min(depth, levels.size());
    out.assign(levels.rbegin(), levels.rbegin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

void OrderBook::Reset(const BookSnapshot& snapshot) {
    Reset(snapshot.bids, snapshot.asks);
    known_bid_to_ = snapshot.known_bid_to;
    known_ask_to_ = snapshot.known_ask_to;
}

void OrderBook::Reset(std::span<const Level> bids, std::span<const Level> asks) {
    ResetSide<true>(bids, bids_);
    ResetSide<false>(asks, asks_);
    known_bid_to_.reset();
    known_ask_to_.reset();
}

void OrderBook::Apply(std::span<const Level> bids, std::span<const Level> asks) {
    unknown_removals_ += ApplySide<true>(bids, bids_);
    unknown_removals_ += ApplySide<false>(asks, asks_);
}

void OrderBook::Clear() {
    Reset({}, {});
}

void OrderBook::Top(size_t depth, std::vector<Level>& bids, std::vector<Level>& asks) const {
    CopyTop(bids_, depth, bids);
    CopyTop(asks_, depth, asks);
}

bool OrderBook::crossed() const {
    return !bids_.empty() && !asks_.empty() && bids_.back().price >= asks_.back().price;
}

}  // namespace mp::model
