#include "runtime/run.hpp"

#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <stdexcept>

#include <boost/asio/post.hpp>

#include "runtime/first_of.hpp"
#include "runtime/signals.hpp"
#include "runtime/sleep.hpp"
#include "runtime/with_deadline.hpp"

namespace mp::runtime {
namespace {

using namespace std::chrono_literals;

Task<Status> Returns(Status status) {
    co_await Yield();
    co_return status;
}

Task<Status> Throws() {
    co_await Yield();
    throw std::runtime_error("broken");
}

TEST(Run, GivesTheExitCode) {
    for (const auto& [status, code] : {std::pair{OkStatus(), 0}, {absl::InternalError("x"), 1}}) {
        asio::io_context io;
        EXPECT_EQ(runtime::Run(io, Returns(status)), code);
    }
}

TEST(Run, CountsExceptionsAsFailure) {
    asio::io_context io;
    EXPECT_EQ(runtime::Run(io, Throws()), 1);
    asio::io_context other;
    asio::post(other, [] { throw std::runtime_error("in a handler"); });
    EXPECT_EQ(runtime::Run(other, Returns(OkStatus())), 1);
}

Task<Status> RaisesAndWaits(int signal) {
    std::raise(signal);
    co_return co_await WithDeadline(ShutdownSignal(), Deadline::After(10s));
}

TEST(Run, ShutdownSignalEndsAtSigtermAndSigint) {
    for (const int signal : {SIGTERM, SIGINT}) {
        asio::io_context io;
        EXPECT_EQ(runtime::Run(io, RaisesAndWaits(signal)), 0);
    }
}

Task<Status> DrainsUnderASecondSignal() {
    std::raise(SIGTERM);
    (void)co_await ShutdownSignal();
    std::raise(SIGTERM);
    co_await Sleep(1ms);
    // Who asks later learns it too.
    co_return co_await WithDeadline(ShutdownSignal(), Deadline::After(10s));
}

TEST(Run, ASecondSignalDoesNotCutTheDrainShort) {
    asio::io_context io;
    EXPECT_EQ(runtime::Run(io, DrainsUnderASecondSignal()), 0);
}

Task<Status> ReloadsTwice() {
    for (int i = 0; i < 2; ++i) {
        std::raise(SIGHUP);
        const Deadline soon = Deadline::After(10s);
        if (Status status = co_await WithDeadline(ReloadSignal(), soon); !status.ok()) {
            co_return status;
        }
    }
    const Status none = co_await WithDeadline(ReloadSignal(), Deadline::After(5ms));
    co_return absl::IsDeadlineExceeded(none) ? OkStatus() : absl::InternalError("one too many");
}

TEST(Run, ReloadSignalEndsAtEachSighup) {
    asio::io_context io;
    EXPECT_EQ(runtime::Run(io, ReloadsTwice()), 0);
}

}  // namespace
}  // namespace mp::runtime
