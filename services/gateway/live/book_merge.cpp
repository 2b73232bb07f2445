#include "gateway/live/book_merge.hpp"

#include <span>
#include <vector>

namespace mp::gateway {
namespace {

const model::BookDelta* WholeDelta(const model::Event& event) {
    const auto* delta = std::get_if<model::BookDelta>(&event.body);
    return delta != nullptr && delta->parts == 0 ? delta : nullptr;
}

bool Follows(const model::BookDelta& next, const model::BookDelta& last) {
    if (next.epoch != last.epoch || next.quantity_unit != last.quantity_unit) return false;
    if (next.previous_update_id) return *next.previous_update_id == last.last_update_id;
    return next.first_update_id <= last.last_update_id + 1 &&
           next.last_update_id > last.last_update_id;
}

template <class Side>
void TakeSide(std::span<const model::Level> levels, Side& side) {
    for (const model::Level& level : levels) side[level.price] = level.quantity;
}

template <class Side>
std::vector<model::Level> LevelsOf(const Side& side) {
    std::vector<model::Level> levels;
    levels.reserve(side.size());
    for (const auto& [price, quantity] : side) levels.push_back({price, quantity});
    return levels;
}

}  // namespace

std::unique_ptr<BookMerge> BookMerge::Begin(std::string_view event) {
    std::unique_ptr<BookMerge> merge(new BookMerge);
    model::Event decoded;
    if (!merge->decoder_.Decode(event, decoded).ok()) return nullptr;
    const model::BookDelta* delta = WholeDelta(decoded);
    if (delta == nullptr) return nullptr;
    merge->ids_ = *delta;
    merge->event_ = decoded;
    merge->Take(*delta);
    return merge;
}

bool BookMerge::Append(std::string_view event) {
    model::Event decoded;
    if (!decoder_.Decode(event, decoded).ok()) return false;
    const model::BookDelta* delta = WholeDelta(decoded);
    if (delta == nullptr || !Follows(*delta, ids_)) return false;
    event_ = decoded;
    ids_.last_update_id = delta->last_update_id;
    Take(*delta);
    return true;
}

void BookMerge::Take(const model::BookDelta& delta) {
    TakeSide(delta.bids, bids_);
    TakeSide(delta.asks, asks_);
    // They look into the decoder's scratch.
    ids_.bids = {};
    ids_.asks = {};
    event_.body = ids_;
}

std::string BookMerge::Encode() const {
    const std::vector<model::Level> bids = LevelsOf(bids_);
    const std::vector<model::Level> asks = LevelsOf(asks_);
    model::BookDelta delta = ids_;
    delta.bids = bids;
    delta.asks = asks;
    model::Event event = event_;
    event.body = delta;
    std::string bytes;
    wire::AppendEvent(event, bytes);
    return bytes;
}

}  // namespace mp::gateway
