#pragma once
// Collects items and hands them on in batches: at `max_items`, or `max_delay` after the first of
// them came, also when nothing else ever comes. Items added during a slow flush wait for the next
// batch; a batch whose flush fails is kept and tried again, so nothing is lost while the process
// lives. The buffer is bounded: when it is full, TryAdd refuses and Add waits.
//
// One io_context thread. Run() is the loop; cancelling it keeps what is buffered, Close() ends it
// after the last flush. Must outlive all calls on it.

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "base/deadline.hpp"
#include "base/duration.hpp"
#include "base/status.hpp"
#include "reliability/backoff.hpp"
#include "runtime/condition.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task.hpp"

namespace mp::reliability {

struct BatcherConfig {
    size_t max_items = 100;
    Duration max_delay = std::chrono::seconds(1);
    size_t max_buffered = 10'000;  // the batch being flushed not counted
    BackoffConfig retry;
};

struct BatcherStats {
    size_t buffered = 0;
    uint64_t added = 0;
    uint64_t refused = 0;
    uint64_t flushed = 0;  // items
    uint64_t batches = 0;
    uint64_t failed_flushes = 0;
};

template <typename T>
class Batcher {
  public:
    // Hands one batch on; called by Run, never twice at a time. After an error again with the same
    // items.
    using Flush = std::function<Task<Status>(const std::vector<T>&)>;

    Batcher(BatcherConfig config, Flush flush) : config_(config), flush_(std::move(flush)) {}

    // False, counted, when the buffer is full or closed; `item` is moved from only on success.
    bool TryAdd(T&& item);

    // Waits for room. DeadlineExceeded, or FailedPrecondition after Close; the item is then
    // dropped.
    Task<Status> Add(T item, Deadline deadline);

    // Flushes until Close(), then what is left.
    Task<> Run();

    void Close();

    BatcherStats GetStats() const;

  private:
    bool full() const { return buffer_.size() >= config_.max_buffered; }
    // Waits until a batch is due; false: closed and empty.
    Task<bool> NextBatch();
    Task<> FlushBatch();

    struct Item {
        T value;
        Deadline due;
    };

    const BatcherConfig config_;
    const Flush flush_;
    std::deque<Item> buffer_;
    std::vector<T> batch_;  // being flushed; survives a cancelled Run
    bool closed_ = false;
    runtime::Condition added_;
    runtime::Condition room_;
    BatcherStats stats_;
};

template <typename T>
bool Batcher<T>::TryAdd(T&& item) {
    if (closed_ || full()) {
        ++stats_.refused;
        return false;
    }
    ++stats_.added;
    buffer_.push_back({std::move(item), Deadline::After(config_.max_delay)});
    if (buffer_.size() == 1 || buffer_.size() == config_.max_items) added_.NotifyAll();
    return true;
}

template <typename T>
Task<Status> Batcher<T>::Add(T item, Deadline deadline) {
    while (full() && !closed_) {
        const bool notified = co_await room_.Wait(deadline);
        if (!notified) {
            ++stats_.refused;
            co_return absl::DeadlineExceededError("the batch buffer had no room in time");
        }
    }
    if (!TryAdd(std::move(item))) co_return absl::FailedPreconditionError("the batcher is closed");
    co_return OkStatus();
}

template <typename T>
Task<> Batcher<T>::Run() {
    for (;;) {
        const bool due = co_await NextBatch();
        if (!due) co_return;
        co_await FlushBatch();
    }
}

template <typename T>
Task<bool> Batcher<T>::NextBatch() {
    if (!batch_.empty()) co_return true;  // left over from a cancelled Run
    while (buffer_.size() < config_.max_items && !closed_) {
        if (buffer_.empty()) {
            co_await added_.Wait();
            continue;
        }
        const bool notified = co_await added_.Wait(buffer_.front().due);
        if (!notified) break;
    }
    while (!buffer_.empty() && batch_.size() < config_.max_items) {
        batch_.push_back(std::move(buffer_.front().value));
        buffer_.pop_front();
    }
    room_.NotifyAll();
    co_return !batch_.empty();
}

template <typename T>
Task<> Batcher<T>::FlushBatch() {
    Backoff backoff(config_.retry);
    for (;;) {
        const Status status = co_await flush_(batch_);
        if (status.ok()) break;
        ++stats_.failed_flushes;
        co_await runtime::Sleep(backoff.Next());
    }
    ++stats_.batches;
    stats_.flushed += batch_.size();
    batch_.clear();
}

template <typename T>
void Batcher<T>::Close() {
    closed_ = true;
    added_.NotifyAll();
    room_.NotifyAll();
}

template <typename T>
BatcherStats Batcher<T>::GetStats() const {
    BatcherStats stats = stats_;
    stats.buffered = buffer_.size() + batch_.size();
    return stats;
}

}  // namespace mp::reliability
