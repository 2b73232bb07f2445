#pragma once
// Events that gRPC's threads leave for whoever ends a dispatcher. Only libs/rpc uses it.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace mp::rpc {

struct DispatchEvent;

class LateEvents {
  public:
    // Any thread.
    void Push(DispatchEvent* event) {
        const std::lock_guard lock(mutex_);
        events_.push_back(event);
        came_.notify_one();
    }

    // Waits for the next one; null where none came in time.
    DispatchEvent* Take(std::chrono::steady_clock::time_point until) {
        std::unique_lock lock(mutex_);
        if (!came_.wait_until(lock, until, [this] { return !events_.empty(); })) return nullptr;
        DispatchEvent* const event = events_.front();
        events_.pop_front();
        return event;
    }

  private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::deque<DispatchEvent*> events_;
};

}  // namespace mp::rpc
