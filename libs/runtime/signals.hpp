#pragma once
// The signals that a service obeys. Run (runtime/run.hpp) installs the handlers before anything
// else starts, so a signal that comes before someone waits is not lost; they stay until the process
// ends, so a second SIGTERM does not cut a drain short.

#include <boost/asio/io_context.hpp>

#include "base/status.hpp"
#include "runtime/task.hpp"

namespace mp::runtime {

// Ends with OK once SIGTERM or SIGINT has come; at once if one already has.
Task<Status> ShutdownSignal();

// Ends at the next SIGHUP; several since the last wait count as one.
Task<> ReloadSignal();

// Takes over SIGTERM, SIGINT and SIGHUP for `io`, and ignores SIGPIPE.
void InstallSignals(asio::io_context& io);

}  // namespace mp::runtime
