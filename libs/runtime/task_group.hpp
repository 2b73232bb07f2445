#pragma once
// Children that come and go while their parent runs (sessions of a server, feeds of a collector).
// Exists because FirstOf and AllOf want a fixed set. Bounded; a child's failure ends the group;
// nobody outlives it.
//
//   TaskGroup sessions(executor, 1000);
//   co_return co_await FirstOf(Accept(sessions), sessions.Wait());
//
// All calls on the executor's thread. The owner awaits Wait or Join before the group goes away.

#include <cstddef>
#include <memory>

#include "base/status.hpp"
#include "runtime/task.hpp"

namespace mp::runtime {

class TaskGroup {
  public:
    TaskGroup(Executor executor, size_t max_children);
    // Cancels children that are still there; only a process that is ending leaves some.
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    // Starts a child. ResourceExhausted when the group is full, Cancelled when it is ending; the
    // child then never runs.
    Status Spawn(Task<Status> child);

    // Runs until a child fails or this wait is cancelled; then cancels the rest and awaits their
    // end. Children that return OK just leave.
    Task<Status> Wait();

    // As Wait, but also ends, with OK, when no child is left.
    Task<Status> Join();

    // Asks all present children to end; Wait or Join awaits it. The group takes no more.
    void Cancel();

    size_t size() const;

  private:
    struct State;

    Task<Status> Run(bool until_empty);

    // Shared with the children's completions, which may run after an unfinished group went away.
    std::shared_ptr<State> state_;
};

}  // namespace mp::runtime
