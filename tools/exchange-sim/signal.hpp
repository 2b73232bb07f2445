#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mp::sim {

// Wakes the coroutines of one io_context that wait for "something changed". They look for
// themselves what it was, so a wake-up too many does no harm.
class Signal {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    explicit Signal(boost::asio::io_context& io) : io_(io) {}

    void Notify() {
        for (auto* timer : waiting_) timer->cancel();
    }

    // Returns at Notify() or at the deadline.
    boost::asio::awaitable<void> Wait(TimePoint deadline = TimePoint::max()) {
        boost::asio::steady_timer timer(io_, deadline);
        const Registration registered{waiting_, &timer};
        boost::system::error_code ignored;
        co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }

  private:
    using Waiting = std::vector<boost::asio::steady_timer*>;

    struct Registration {
        Registration(Waiting& where, boost::asio::steady_timer* timer)
            : waiting(where), self(timer) {
            waiting.push_back(self);
        }
        ~Registration() { std::erase(waiting, self); }
        Registration(const Registration&) = delete;
        Registration& operator=(const Registration&) = delete;

        Waiting& waiting;
        boost::asio::steady_timer* self;
    };

    boost::asio::io_context& io_;
    Waiting waiting_;
};

}  // namespace mp::sim
