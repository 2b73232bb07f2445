#pragma once
// The outermost frame of every process.

#include <boost/asio/io_context.hpp>

#include "base/status.hpp"
#include "runtime/task.hpp"

namespace mp::runtime {

// Installs the signal handlers, runs `main_task` on `io` in this thread until it has ended, and
// gives the exit code: 0 for OK; otherwise 1, after one critical line in the log. An exception that
// reaches here counts as failure.
int Run(asio::io_context& io, Task<Status> main_task);

}  // namespace mp::runtime
