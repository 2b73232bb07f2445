#include "collector/feed/early_events.hpp"

#include <utility>

namespace mp::collector {

void EarlyEvents::Keep(
    SeriesId series, const ChainLink& link, const model::Event& event, Nanos steady, uint64_t after
) {
    std::deque<EarlyEvent>& queue = kept_[series];
    if (queue.size() >= max_) queue.pop_front();
    EarlyEvent& early = queue.emplace_back();
    early.link = link;
    early.steady = steady;
    early.after = after;
    early.event.order_ts = event.order_ts;
    early.event.received_ts = event.received_ts;
    early.event.exchange_ts = event.exchange_ts;
    const auto* delta = std::get_if<model::BookDelta>(&event.body);
    if (delta == nullptr) return;
    early.bids.assign(delta->bids.begin(), delta->bids.end());
    early.asks.assign(delta->asks.begin(), delta->asks.end());
    model::BookDelta own = *delta;
    own.bids = early.bids;
    own.asks = early.asks;
    early.event.body = own;
}

const EarlyEvent* EarlyEvents::First(SeriesId series) const {
    const auto found = kept_.find(series);
    return found == kept_.end() ? nullptr : &found->second.front();
}

// Moving the vectors leaves their levels, and what views them, where they are.
EarlyEvent EarlyEvents::Take(SeriesId series) {
    const auto found = kept_.find(series);
    EarlyEvent early = std::move(found->second.front());
    found->second.pop_front();
    if (found->second.empty()) kept_.erase(found);
    return early;
}

}  // namespace mp::collector
