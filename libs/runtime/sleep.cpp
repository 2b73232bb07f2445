#include "runtime/sleep.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace mp::runtime {

Task<> Sleep(Duration duration) {
    return SleepUntil(Deadline::After(duration));
}

Task<> SleepUntil(Deadline deadline) {
    asio::steady_timer timer(co_await asio::this_coro::executor, deadline.time());
    co_await timer.async_wait(asio::use_awaitable);
}

Task<> Yield() {
    const Executor executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
}

}  // namespace mp::runtime
