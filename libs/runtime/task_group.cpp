#include "runtime/task_group.hpp"

#include <exception>
#include <list>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "runtime/cancellation.hpp"
#include "runtime/uncancelled.hpp"

namespace mp::runtime {

struct TaskGroup::State {
    Executor executor;
    size_t max_children;
    std::list<asio::cancellation_signal> children;
    Condition changed;
    bool ending = false;
    Status failure;
    std::exception_ptr exception;

    void End() {
        ending = true;
        for (asio::cancellation_signal& child : children) {
            child.emit(asio::cancellation_type::all);
        }
        changed.NotifyAll();
    }

    void ChildEnded(
        std::list<asio::cancellation_signal>::iterator child,
        std::exception_ptr thrown,
        Status status
    ) {
        children.erase(child);
        // Children that end because they were told to are no failure.
        if (!ending && (thrown || !status.ok())) {
            exception = std::move(thrown);
            failure = std::move(status);
            End();
        }
        changed.NotifyAll();
    }
};

TaskGroup::TaskGroup(Executor executor, size_t max_children) : state_(std::make_shared<State>()) {
    state_->executor = std::move(executor);
    state_->max_children = max_children;
}

TaskGroup::~TaskGroup() {
    state_->End();
}

Status TaskGroup::Spawn(Task<Status> child) {
    if (state_->ending) return absl::CancelledError("task group is ending");
    if (size() >= state_->max_children) return absl::ResourceExhaustedError("task group is full");
    const auto place = state_->children.emplace(state_->children.end());
    asio::co_spawn(
        state_->executor,
        std::move(child),
        asio::bind_cancellation_slot(
            place->slot(),
            [state = state_, place](std::exception_ptr thrown, Status status) {
                state->ChildEnded(place, std::move(thrown), std::move(status));
            }
        )
    );
    return OkStatus();
}

Task<Status> TaskGroup::Wait() {
    return Run(false);
}
Task<Status> TaskGroup::Join() {
    return Run(true);
}
void TaskGroup::Cancel() {
    state_->End();
}
size_t TaskGroup::size() const {
    return state_->children.size();
}

Task<Status> TaskGroup::Run(bool until_empty) {
    const std::shared_ptr<State> state = state_;
    const bool cancelled = co_await detail::AwaitEnd(
        state->changed,
        [&] { return state->children.empty() && (until_empty || state->ending); },
        [&] { state->End(); }
    );
    if (state->exception) std::rethrow_exception(state->exception);
    if (!state->failure.ok()) co_return state->failure;
    if (cancelled) ThrowCancelled();
    co_return OkStatus();
}

}  // namespace mp::runtime
