#include "gateway/live/live_queue.hpp"

#include <algorithm>
#include <utility>

namespace mp::gateway {

bool LiveQueue::Replace(const QueuedEvent& event) {
    const model::Series series{event.event.instrument(), event.type};
    const auto [it, added] = waiting_.try_emplace(series, popped_ + queue_.size());
    if (!added && it->second >= popped_) {
        queue_[it->second - popped_] = event;
        ++lagged_;
        return true;
    }
    it->second = popped_ + queue_.size();
    return false;
}

bool LiveQueue::Push(QueuedEvent event) {
    if (overflowed_) return false;
    // Only a client that is behind loses states in between.
    if (policy_ == SlowPolicy::kConflate && Replace(event)) return true;
    if (queue_.size() >= capacity_) {
        overflowed_ = true;
        changed_.NotifyAll();
        return false;
    }
    queue_.push_back(std::move(event));
    if (queue_.size() == 1) changed_.NotifyAll();
    return true;
}

void LiveQueue::PushCatchUp(QueuedEvent event) {
    if (policy_ == SlowPolicy::kConflate && Replace(event)) return;
    queue_.push_back(std::move(event));
    if (queue_.size() == 1) changed_.NotifyAll();
}

Task<std::vector<QueuedEvent>> LiveQueue::Take(size_t limit, Deadline deadline) {
    if (queue_.empty() && !overflowed_) co_await changed_.Wait(deadline);
    const size_t count = std::min(limit, queue_.size());
    std::vector<QueuedEvent> taken(
        std::make_move_iterator(queue_.begin()),
        std::make_move_iterator(queue_.begin() + static_cast<ptrdiff_t>(count))
    );
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(count));
    popped_ += count;
    if (queue_.empty()) waiting_.clear();
    co_return taken;
}

}  // namespace mp::gateway
