#pragma once
// Carries items from a foreign thread to the executor: one post for a burst, not one an item. What
// is posted and the sender share it, so either side may go first. Not bounded by itself: senders
// are (each item answers something that the executor asked for).

#include <absl/base/thread_annotations.h>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "base/mutex.hpp"
#include "runtime/task.hpp"

namespace mp::bus::detail {

template <typename T>
class Mailbox : public std::enable_shared_from_this<Mailbox<T>> {
  public:
    using Receive = std::function<void(std::vector<T>&)>;

    // `receive` runs on the executor until Close.
    Mailbox(runtime::Executor executor, Receive receive)
        : executor_(std::move(executor)), receive_(std::move(receive)) {}

    // Any thread.
    void Push(T item) {
        bool first = false;
        {
            const MutexLock lock(mutex_);
            first = items_.empty();
            items_.push_back(std::move(item));
        }
        if (first) asio::post(executor_, [self = this->shared_from_this()] { self->Deliver(); });
    }

    // On the executor.
    void Close() { receive_ = nullptr; }

  private:
    void Deliver() {
        std::vector<T> items;
        {
            const MutexLock lock(mutex_);
            items.swap(items_);
        }
        // A copy: the receiver may close the mailbox.
        if (const Receive receive = receive_) receive(items);
    }

    const runtime::Executor executor_;
    Receive receive_;
    Mutex mutex_;
    std::vector<T> items_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mp::bus::detail
