#include "gateway/live/live_queue.hpp"

#include <algorithm>
#include <iterator>

#include "wire/key_peek.hpp"

namespace mp::gateway {
namespace {

// Where a kline's identity (model/identity.hpp) has the name of its interval.
constexpr size_t kIntervalOffset = 16;

// What is no state must not be replaced by its like: each of these says something of its own.
bool IsState(model::DataType type) {
    return type != model::DataType::kCoverage && type != model::DataType::kInstrument;
}

}  // namespace

LiveQueue::StateKey LiveQueue::KeyOf(const QueuedEvent& event) {
    StateKey key{{event.event.instrument(), event.type}, {}};
    if (event.type == model::DataType::kKline) {
        wire::EventKey place;
        std::string identity;
        const Status peeked = wire::PeekKey(event.event.bytes(), event.type, place, identity);
        if (peeked.ok() && identity.size() > kIntervalOffset) {
            key.interval = identity.substr(kIntervalOffset);
        }
    }
    return key;
}

void PinnedBatches::Add(const LiveBatch& batch) {
    if (&batch != last_) {
        last_ = &batch;
        last_events_ = &events_[&batch];
    }
    if ((*last_events_)++ == 0) bytes_ += batch.bytes();
}

void PinnedBatches::Remove(const LiveBatch& batch) {
    const auto it = events_.find(&batch);
    if (--it->second > 0) return;
    bytes_ -= batch.bytes();
    if (&batch == last_) last_ = nullptr;
    events_.erase(it);
}

// False: deltas that do not join.
bool LiveQueue::Replace(QueuedEvent& waiting, QueuedEvent& event) {
    if (event.type == model::DataType::kBookDelta) {
        if (!waiting.merged) waiting.merged = BookMerge::Begin(waiting.event.bytes());
        if (!waiting.merged || !waiting.merged->Append(event.event.bytes())) return false;
        event.merged = std::move(waiting.merged);
    }
    pinned_.Add(*event.event.batch);
    pinned_.Remove(*waiting.event.batch);
    event.first = waiting.first;
    waiting = std::move(event);
    return true;
}

// True: it has gone into one that waits. Only a client that is behind loses states in between.
bool LiveQueue::Conflate(QueuedEvent& event) {
    if (policy_ != SlowPolicy::kConflate || !IsState(event.type)) return false;
    const uint64_t next = popped_ + queue_.size();
    const auto [slot, added] = waiting_.try_emplace(KeyOf(event), next);
    if (!added && slot->second >= popped_ && Replace(queue_[slot->second - popped_], event)) {
        ++lagged_;
        return true;
    }
    slot->second = next;
    return false;
}

bool LiveQueue::Push(QueuedEvent event) {
    if (overflowed_) return false;
    if (Conflate(event)) return true;
    if (full()) {
        overflowed_ = true;
        changed_.NotifyAll();
        return false;
    }
    pinned_.Add(*event.event.batch);
    queue_.push_back(std::move(event));
    if (queue_.size() == 1) changed_.NotifyAll();
    return true;
}

Task<std::vector<QueuedEvent>> LiveQueue::Take(size_t limit, Deadline deadline) {
    if (queue_.empty() && !overflowed_) co_await changed_.Wait(deadline);
    const size_t count = std::min(limit, queue_.size());
    std::vector<QueuedEvent> taken(
        std::make_move_iterator(queue_.begin()),
        std::make_move_iterator(queue_.begin() + static_cast<ptrdiff_t>(count))
    );
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(count));
    for (const QueuedEvent& event : taken) pinned_.Remove(*event.event.batch);
    popped_ += count;
    if (queue_.empty()) waiting_.clear();
    co_return taken;
}

std::unordered_map<uint32_t, Position> LiveQueue::OldestWaiting() const {
    std::unordered_map<uint32_t, Position> oldest;
    for (const QueuedEvent& event : queue_) {
        const auto [place, added] = oldest.try_emplace(event.subject, event.first);
        if (!added) place->second = std::min(place->second, event.first);
    }
    return oldest;
}

}  // namespace mp::gateway
