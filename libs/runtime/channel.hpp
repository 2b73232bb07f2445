#pragma once
// A bounded queue between coroutines of one thread. Several senders and receivers are fine; items
// come out in the order in which they went in. After Close the queued items can still be received.
// Not thread-safe. Must outlive whoever waits on it.

#include <cassert>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"

namespace mp::runtime {

template <typename T>
class Channel {
  public:
    explicit Channel(size_t capacity) : capacity_(capacity) { assert(capacity > 0); }

    // Waits for room. False: closed, the item is dropped.
    Task<bool> Send(T item) {
        while (full() && !closed_) co_await writable_.Wait();
        co_return TrySend(std::move(item));
    }

    // False when full or closed; `item` is moved from only on success.
    bool TrySend(T&& item) {
        if (full() || closed_) return false;
        items_.push_back(std::move(item));
        readable_.NotifyOne();
        return true;
    }
    bool TrySend(const T& item) { return TrySend(T(item)); }

    // Waits for an item. Nothing: closed and drained.
    Task<std::optional<T>> Receive() {
        while (items_.empty() && !closed_) co_await readable_.Wait();
        co_return TryReceive();
    }

    // DeadlineExceeded when none came in time, OutOfRange when closed and drained.
    Task<Result<T>> Receive(Deadline deadline) {
        while (items_.empty() && !closed_) {
            const bool notified = co_await readable_.Wait(deadline);
            if (!notified) break;
        }
        if (std::optional<T> item = TryReceive()) co_return std::move(*item);
        if (closed_) co_return absl::OutOfRangeError("channel closed");
        co_return absl::DeadlineExceededError("nothing received in time");
    }

    std::optional<T> TryReceive() {
        if (items_.empty()) return std::nullopt;
        std::optional<T> item(std::move(items_.front()));
        items_.pop_front();
        writable_.NotifyOne();
        return item;
    }

    // Ends sending; wakes everybody who waits.
    void Close() {
        closed_ = true;
        readable_.NotifyAll();
        writable_.NotifyAll();
    }

    bool closed() const { return closed_; }
    bool full() const { return items_.size() >= capacity_; }
    bool empty() const { return items_.empty(); }
    size_t size() const { return items_.size(); }
    size_t capacity() const { return capacity_; }

  private:
    const size_t capacity_;
    std::deque<T> items_;
    bool closed_ = false;
    Condition readable_;
    Condition writable_;
};

}  // namespace mp::runtime
