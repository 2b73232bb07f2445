#pragma once
// Gives a socket operation a deadline without a timer operation for each: one timer is armed for
// some deadline and looks, when it fires, whether that deadline still counts. An operation that
// ends in time costs a few stores. One operation at a time.

#include <chrono>
#include <memory>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include "base/deadline.hpp"
#include "runtime/task.hpp"

namespace mp::net {

class OpDeadline {
  public:
    explicit OpDeadline(const Executor& executor);
    ~OpDeadline();
    OpDeadline(const OpDeadline&) = delete;
    OpDeadline& operator=(const OpDeadline&) = delete;

    // Awaits an operation: `start(handler)` begins it, `Signature` is its handler's. Gives a tuple
    // of the handler's arguments; the error is operation_aborted when the deadline passed (then
    // expired() says so), when the awaiting task was cancelled, or when the socket was closed.
    template <class Signature, class Start>
    auto Await(Deadline deadline, Start start) {
        Token token;
        return asio::async_initiate<Token, Signature>(
            [this, deadline, start = std::move(start)](auto handler) mutable {
                Begin(deadline);
                auto outer = asio::get_associated_cancellation_slot(handler);
                if (outer.is_connected()) {
                    outer.assign([state = state_](asio::cancellation_type type) {
                        state->signal.emit(type);
                    });
                }
                start(asio::bind_cancellation_slot(state_->signal.slot(), std::move(handler)));
            },
            token
        );
    }

    // To be called when an awaited operation has ended.
    void End() { state_->active = false; }
    bool expired() const { return state_->expired; }

  private:
    using Token = asio::as_tuple_t<asio::use_awaitable_t<>>;

    struct State : std::enable_shared_from_this<State> {
        explicit State(const Executor& executor) : timer(executor) {}
        void Arm();

        asio::steady_timer timer;
        asio::cancellation_signal signal;
        Deadline::Clock::time_point deadline;
        Deadline::Clock::time_point armed_for;
        bool armed = false;
        bool active = false;
        bool expired = false;
    };

    void Begin(Deadline deadline);

    std::shared_ptr<State> state_;  // shared with the timer's wait, which may end after this
};

}  // namespace mp::net
