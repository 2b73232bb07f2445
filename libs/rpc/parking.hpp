#pragma once
// A place where one coroutine waits for one event. Cheaper than a timer: the coroutine is resumed
// inside Wake(). Executor's thread only. Only libs/rpc uses it.

#include <optional>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include "runtime/task.hpp"

namespace mp::rpc {

class Parking {
  public:
    Parking() = default;
    Parking(const Parking&) = delete;
    Parking& operator=(const Parking&) = delete;

    // Calls `start` once parked, then waits for Wake(). Throws when cancelled, after having called
    // `cancelled`. Never wakes inside `start`.
    template <class Start, class Cancelled>
    Task<> Wait(Start start, Cancelled cancelled) {
        return asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code)>(
            [this, start = std::move(start), cancelled = std::move(cancelled)](auto handler
            ) mutable {
                auto slot = asio::get_associated_cancellation_slot(handler);
                handler_.emplace(std::move(handler));
                if (slot.is_connected()) {
                    slot.assign([this, cancelled = std::move(cancelled)](asio::cancellation_type) {
                        if (!handler_) return;
                        cancelled();
                        PostAborted();
                    });
                }
                start();
            },
            asio::use_awaitable
        );
    }
    Task<> Wait() {
        return Wait([] {}, [] {});
    }

    bool occupied() const { return handler_.has_value(); }

    // Resumes the coroutine, if one is parked.
    void Wake() {
        if (!handler_) return;
        Handler handler = Take();
        std::move(handler)(boost::system::error_code());
    }

    // Destroys the parked coroutine.
    void Drop() { handler_.reset(); }

  private:
    using Handler =
        asio::async_result<asio::use_awaitable_t<>, void(boost::system::error_code)>::handler_type;

    Handler Take() {
        Handler handler = std::move(*handler_);
        handler_.reset();
        return handler;
    }

    void PostAborted() {
        Handler handler = Take();
        const Executor executor = asio::get_associated_executor(handler);
        asio::post(executor, [handler = std::move(handler)]() mutable {
            std::move(handler)(boost::system::error_code(asio::error::operation_aborted));
        });
    }

    std::optional<Handler> handler_;
};

}  // namespace mp::rpc
