#include "runtime/run.hpp"

#include <exception>
#include <spdlog/spdlog.h>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "runtime/signals.hpp"

namespace mp::runtime {
namespace {

Status Describe(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& caught) {
        return absl::InternalError(std::string("exception: ") + caught.what());
    } catch (...) {
        return absl::InternalError("exception of unknown type");
    }
}

Status RunToEnd(asio::io_context& io, Task<Status> main_task) {
    Status outcome = absl::InternalError("the event loop ran dry before the main task ended");
    asio::co_spawn(io, std::move(main_task), [&](const std::exception_ptr& thrown, Status status) {
        outcome = thrown ? Describe(thrown) : std::move(status);
        // Everything structured has been awaited; what is left are waits that never end by
        // themselves.
        io.stop();
    });
    try {
        io.run();
    } catch (...) {
        return Describe(std::current_exception());
    }
    return outcome;
}

}  // namespace

int Run(asio::io_context& io, Task<Status> main_task) {
    InstallSignals(io);
    const Status outcome = RunToEnd(io, std::move(main_task));
    if (outcome.ok()) return 0;
    spdlog::critical("process failed: {}", outcome.ToString());
    return 1;
}

}  // namespace mp::runtime
