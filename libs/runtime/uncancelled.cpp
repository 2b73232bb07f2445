#include "runtime/uncancelled.hpp"

#include <boost/asio/cancellation_state.hpp>

namespace mp::runtime::detail {

Task<bool> AwaitEnd(
    Condition& changed, std::function<bool()> done, std::function<void()> on_cancel
) {
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    bool cancelled = false;
    for (;;) {
        const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
        if (!cancelled && state.cancelled() != asio::cancellation_type::none) {
            cancelled = true;
            on_cancel();
        }
        if (done()) break;
        co_await changed.Suspend(Deadline::Never());
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return cancelled;
}

}  // namespace mp::runtime::detail
