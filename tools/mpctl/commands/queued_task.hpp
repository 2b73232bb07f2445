#pragma once
// A task of the queue that a command asks for and waits for, with a progress bar.

#include <string>

#include "base/status.hpp"
#include "mpctl/client/json.hpp"
#include "mpctl/commands/command.hpp"
#include "runtime/task.hpp"

namespace mp::mpctl {

struct QueuedTask {
    std::string kind;
    Json payload = Json::object();
    std::string timeout;    // such as "24h"
    std::string otherwise;  // what there is not where it fails: "no backup was made"
};

// The record of the task that succeeded: the gateway's answer. Aborted, with the reason, where it
// did not succeed. A gateway that does not answer for a while is asked again.
Task<Result<Answer>> RunQueuedTask(Context& context, QueuedTask task);

}  // namespace mp::mpctl
