#include "scheduler/presence.hpp"

#include <chrono>

#include "base/deadline.hpp"
#include "runtime/signals.hpp"
#include "runtime/with_deadline.hpp"
#include "telemetry/logging.hpp"

namespace mp::scheduler {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"scheduler"};

}  // namespace

Task<Status> Presence::Run(runtime::Event& ready) {
    co_await ready.Wait();
    SetReady(true);
    co_await registration_.Run();
    co_return OkStatus();
}

Task<Status> Presence::UntilStopped() {
    const Status asked = co_await runtime::ShutdownSignal();
    kLog.Info("stopping");
    SetReady(false);
    if (!bus_.state().connected) co_return asked;
    const Status told =
        co_await runtime::WithDeadline(registration_.StartDraining(), Deadline::After(1s));
    if (!told.ok()) kLog.Warn("others were not told", {{"reason", told}});
    co_return asked;
}

Task<> Presence::Leave(Duration within) {
    SetReady(false);
    if (!bus_.state().connected) co_return;
    const Deadline deadline = Deadline::After(within);
    const Status gone = co_await runtime::WithDeadline(registration_.Deregister(), deadline);
    if (!gone.ok()) kLog.Warn("entry not taken out, it will expire", {{"reason", gone}});
    const Status drained = co_await bus_.Drain(deadline);
    if (!drained.ok()) kLog.Warn("connection not drained", {{"reason", drained}});
}

void Presence::SetReady(bool ready) {
    health_.SetReady(ready);
    grpc_.SetServing(ready);
}

}  // namespace mp::scheduler
