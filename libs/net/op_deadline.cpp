#include "net/op_deadline.hpp"

namespace mp::net {

OpDeadline::OpDeadline(const Executor& executor) : state_(std::make_shared<State>(executor)) {}

OpDeadline::~OpDeadline() {
    state_->active = false;
    state_->timer.cancel();
}

void OpDeadline::Begin(Deadline deadline) {
    State& state = *state_;
    state.deadline = deadline.time();
    state.active = true;
    state.expired = false;
    if (!state.armed || state.deadline < state.armed_for) state.Arm();
}

void OpDeadline::State::Arm() {
    armed = true;
    armed_for = deadline;
    timer.expires_at(deadline);
    timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (error) return;  // armed anew, or gone
        self->armed = false;
        if (!self->active) return;
        if (Deadline::Clock::now() < self->deadline) return self->Arm();
        self->expired = true;
        self->signal.emit(asio::cancellation_type::terminal);
    });
}

}  // namespace mp::net
