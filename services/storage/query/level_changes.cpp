#include "storage/query/level_changes.hpp"

#include <algorithm>

namespace mp::storage {

void LevelChanges::ApplyTo(model::OrderBook& book) {
    std::vector<model::Level> bids, asks;
    bids.reserve(bids_.size());
    asks.reserve(asks_.size());
    for (const auto& [price, quantity] : bids_) bids.push_back({price.value, quantity});
    for (const auto& [price, quantity] : asks_) asks.push_back({price.value, quantity});
    // Best first, so that the book finds each place next to the one before.
    std::sort(bids.begin(), bids.end(), [](const auto& a, const auto& b) {
        return a.price > b.price;
    });
    std::sort(asks.begin(), asks.end(), [](const auto& a, const auto& b) {
        return a.price < b.price;
    });
    book.Apply(bids, asks);
    bids_.clear();
    asks_.clear();
}

}  // namespace mp::storage
