#pragma once
// A dedicated thread for a blocking loop (a JetStream fetch, a compaction), owned like any other
// task.

#include <functional>
#include <stop_token>
#include <string>

#include "base/status.hpp"
#include "runtime/task.hpp"

namespace mp::runtime {

// Runs `body` on a thread of its own named `name` (15 characters count) and returns what it
// returned; an exception becomes Internal. Cancelling the await requests a stop and waits for the
// thread, so the body looks at the token often enough. It talks to the coroutine side by asio::post
// to its executor.
Task<Status> RunOnThread(std::string name, std::function<Status(std::stop_token)> body);

// Names the calling thread, as shown by ps -L and debuggers.
void SetThreadName(const std::string& name);

}  // namespace mp::runtime
