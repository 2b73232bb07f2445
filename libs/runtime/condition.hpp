#pragma once
// What coroutines of one thread wait on. Not thread-safe: another thread posts to the executor
// first (asio::post(executor, [&event] { event.Set(); })). Must outlive whoever waits.

#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include "base/deadline.hpp"
#include "runtime/task.hpp"

namespace mp::runtime {

// Something changed: look again. Wakes those who wait at that moment, remembers nothing.
class Condition {
  public:
    enum class Wake { kNotified, kDeadline, kCancelled };

    Condition() = default;
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;

    // Until notified.
    Task<> Wait();
    // Until notified (true) or the deadline (false).
    Task<bool> Wait(Deadline deadline);
    // Until `predicate()` holds (true) or the deadline (false); looks after every notification.
    template <typename Predicate>
    Task<bool> Until(Predicate predicate, Deadline deadline) {
        while (!predicate()) {
            const bool notified = co_await Wait(deadline);
            if (!notified) co_return predicate();
        }
        co_return true;
    }

    // As Wait, but reports a cancellation instead of throwing. For primitives that must clean up
    // first.
    Task<Wake> Suspend(Deadline deadline);

    void NotifyOne();
    void NotifyAll();

  private:
    struct Waiter : boost::intrusive::list_base_hook<
                        boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
        explicit Waiter(const Executor& executor) : timer(executor) {}

        asio::steady_timer timer;
        bool notified = false;
    };

    boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>> waiters_;
};

// Something has happened, once: stays set until Reset.
class Event {
  public:
    void Set();
    void Reset() { set_ = false; }
    bool IsSet() const { return set_; }

    // Until set; returns at once when it already is.
    Task<> Wait();
    // True when set, false at the deadline.
    Task<bool> Wait(Deadline deadline);

  private:
    bool set_ = false;
    Condition changed_;
};

}  // namespace mp::runtime
