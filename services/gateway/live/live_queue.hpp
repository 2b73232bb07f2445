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

// What may wait: events, and the bytes of the batches that they keep in memory. Full at either.
struct QueueBounds {
    size_t events = 10'000;
    size_t bytes = 64u << 20;
};

// The batches that some events keep in memory, each counted once.
class PinnedBatches {
  public:
    void Add(const LiveBatch& batch);
    void Remove(const LiveBatch& batch);
    size_t bytes() const { return bytes_; }

  private:
    std::unordered_map<const LiveBatch*, uint32_t> events_;  // by batch
    const LiveBatch* last_ = nullptr;  // neighbours mostly come from the same batch
    uint32_t* last_events_ = nullptr;
    size_t bytes_ = 0;
};

class LiveQueue {
  public:
    LiveQueue(SlowPolicy policy, QueueBounds bounds) : policy_(policy), bounds_(bounds) {}

    // False once it is full: the subscription ends after what is queued. Who can wait asks
    // crowded() first.
    bool Push(QueuedEvent event);

    // Waits until something is queued or the queue ended; takes up to `limit` in order.
    Task<std::vector<QueuedEvent>> Take(size_t limit, Deadline deadline);

    // By subject: the oldest event that one who waits stands for.
    std::unordered_map<uint32_t, Position> OldestWaiting() const;

    bool overflowed() const { return overflowed_; }
    bool empty() const { return queue_.empty(); }
    size_t size() const { return queue_.size(); }
    // No room for those who can wait: the rest is for those who cannot.
    bool crowded() const {
        return queue_.size() >= bounds_.events / 2 || pinned_.bytes() >= bounds_.bytes / 2;
    }
    // Room enough that a source that was stopped is worth starting again.
    bool low() const {
        return queue_.size() <= bounds_.events / 4 && pinned_.bytes() <= bounds_.bytes / 4;
    }
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
    bool Replace(QueuedEvent& waiting, QueuedEvent& event);
    bool full() const {
        return queue_.size() >= bounds_.events || pinned_.bytes() >= bounds_.bytes;
    }

    const SlowPolicy policy_;
    const QueueBounds bounds_;
    PinnedBatches pinned_;
    std::deque<QueuedEvent> queue_;
    uint64_t popped_ = 0;  // events that left the front: slots below are popped_ + index
    std::unordered_map<StateKey, uint64_t, StateHash> waiting_;  // kConflate: slot of each state
    uint64_t lagged_ = 0;
    bool overflowed_ = false;
    runtime::Condition changed_;
};

}  // namespace mp::gateway
