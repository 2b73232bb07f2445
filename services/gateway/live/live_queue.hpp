#pragma once
// What a subscriber has still to be sent: bounded, with the client's choice of what gives way.
// One io_context thread.

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/deadline.hpp"
#include "gateway/live/live_batch.hpp"
#include "gateway/live/position.hpp"
#include "model/instrument.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

enum class SlowPolicy : uint8_t {
    kDisconnect,  // nothing gives way: the subscription ends, its token leads back
    kConflate,    // the newest event of a series replaces the one that waits
};

struct QueuedEvent {
    LiveEvent event;
    uint32_t subject = 0;  // SubjectKey of where it came from
    model::DataType type = model::DataType::kUnspecified;
};

class LiveQueue {
  public:
    LiveQueue(SlowPolicy policy, size_t capacity) : policy_(policy), capacity_(capacity) {}

    // False once a subscription with kDisconnect is full: it ends after what is queued.
    bool Push(QueuedEvent event);
    // The same without the bound: for a reader that stops its source while size() is high.
    void PushCatchUp(QueuedEvent event);

    // Waits until something is queued or the queue ended; takes up to `limit` in order.
    Task<std::vector<QueuedEvent>> Take(size_t limit, Deadline deadline);

    bool overflowed() const { return overflowed_; }
    bool empty() const { return queue_.empty(); }
    size_t size() const { return queue_.size(); }
    // Replaced by newer ones since the last call.
    uint64_t TakeLagged() { return std::exchange(lagged_, 0); }
    // Ends waiting.
    void Wake() { changed_.NotifyAll(); }

  private:
    bool Replace(const QueuedEvent& event);

    const SlowPolicy policy_;
    const size_t capacity_;
    std::deque<QueuedEvent> queue_;
    uint64_t popped_ = 0;  // events that left the front: slots below are popped_ + index
    std::unordered_map<model::Series, uint64_t> waiting_;  // kConflate: slot of each series
    uint64_t lagged_ = 0;
    bool overflowed_ = false;
    runtime::Condition changed_;
};

}  // namespace mp::gateway
