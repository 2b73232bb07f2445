#include "runtime/condition.hpp"

#include <boost/asio/as_tuple.hpp>

#include "runtime/cancellation.hpp"

namespace mp::runtime {

Task<Condition::Wake> Condition::Suspend(Deadline deadline) {
    Waiter waiter(co_await asio::this_coro::executor);
    waiter.timer.expires_at(deadline.time());
    waiters_.push_back(waiter);
    const auto [error] = co_await waiter.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    // A notification counts even if the deadline or a cancellation came before the coroutine ran:
    // whoever notified relies on it having been seen.
    if (waiter.notified) co_return Wake::kNotified;
    co_return error ? Wake::kCancelled : Wake::kDeadline;
}

Task<> Condition::Wait() {
    co_await Wait(Deadline::Never());
}

Task<bool> Condition::Wait(Deadline deadline) {
    const Wake wake = co_await Suspend(deadline);
    if (wake == Wake::kCancelled) ThrowCancelled();
    co_return wake == Wake::kNotified;
}

void Condition::NotifyOne() {
    if (waiters_.empty()) return;
    Waiter& waiter = waiters_.front();
    waiters_.pop_front();
    waiter.notified = true;
    waiter.timer.cancel();
}

void Condition::NotifyAll() {
    while (!waiters_.empty()) NotifyOne();
}

void Event::Set() {
    set_ = true;
    changed_.NotifyAll();
}

Task<> Event::Wait() {
    while (!set_) co_await changed_.Wait();
}

Task<bool> Event::Wait(Deadline deadline) {
    while (!set_) {
        const bool notified = co_await changed_.Wait(deadline);
        if (!notified) break;
    }
    co_return set_;
}

}  // namespace mp::runtime
