#pragma once
// What a subscriber has still to be sent: bounded, with the client's choice of what gives way.
// One io_context thread.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/deadline.hpp"
#include "gateway/live/book_merge.hpp"
#include "gateway/live/live_batch.hpp"
#include "gateway/live/position.hpp"
#include "model/instrument.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

enum class SlowPolicy : uint8_t {
    kDisconnect,  // nothing gives way: the subscription ends, its token leads back
    kConflate,    // the newest state of a series replaces the one that waits; deltas are merged
};

struct QueuedEvent {
    LiveEvent event;       // the newest of those that it stands for
    uint32_t subject = 0;  // SubjectKey of where it came from
    model::DataType type = model::DataType::kUnspecified;
    Position first;                          // of the oldest that it stands for
    std::shared_ptr<BookMerge> merged = {};  // instead of the event's own bytes; moves with it

    Position position() const { return {event.batch->sequence(), event.index}; }
};

class LiveQueue {
  public:
    LiveQueue(SlowPolicy policy, size_t capacity) : policy_(policy), capacity_(capacity) {}

    // False once it is full: the subscription ends after what is queued.
    bool Push(QueuedEvent event);
    // The same without the bound: for a reader that stops its source while size() is high.
    void PushCatchUp(QueuedEvent event);

    // Waits until something is queued or the queue ended; takes up to `limit` in order.
    Task<std::vector<QueuedEvent>> Take(size_t limit, Deadline deadline);

    // By subject: the oldest event that one who waits stands for.
    std::unordered_map<uint32_t, Position> OldestWaiting() const;

    bool overflowed() const { return overflowed_; }
    bool empty() const { return queue_.empty(); }
    size_t size() const { return queue_.size(); }
    // Replaced by newer ones or merged with them since the last call.
    uint64_t TakeLagged() { return std::exchange(lagged_, 0); }
    // Ends waiting.
    void Wake() { changed_.NotifyAll(); }

  private:
    // What one state replaces: bars of different intervals are different states.
    struct StateKey {
        model::Series series;
        std::string interval;

        friend bool operator==(const StateKey&, const StateKey&) = default;
    };
    struct StateHash {
        size_t operator()(const StateKey& key) const noexcept {
            return std::hash<model::Series>()(key.series) ^ std::hash<std::string>()(key.interval);
        }
    };

    static StateKey KeyOf(const QueuedEvent& event);
    bool Conflate(QueuedEvent& event);
    static bool Replace(QueuedEvent& waiting, QueuedEvent& event);
    void Append(QueuedEvent event);

    const SlowPolicy policy_;
    const size_t capacity_;
    std::deque<QueuedEvent> queue_;
    uint64_t popped_ = 0;  // events that left the front: slots below are popped_ + index
    std::unordered_map<StateKey, uint64_t, StateHash> waiting_;  // kConflate: slot of each state
    uint64_t lagged_ = 0;
    bool overflowed_ = false;
    runtime::Condition changed_;
};

}  // namespace mp::gateway
