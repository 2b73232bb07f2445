#include "registry/registration.hpp"

#include <utility>

#include "runtime/sleep.hpp"

namespace mp::registry {

Registration::Registration(
    reliability::KeyValue& bucket,
    Instance self,
    Config config,
    Callbacks callbacks,
    const Clock& clock
)
    : bucket_(bucket),
      self_(std::move(self)),
      config_(config),
      callbacks_(std::move(callbacks)),
      clock_(clock) {
    self_.set_service(std::string(CanonicalService(self_.service())));
    self_.set_started_ts(clock_.Now());
    if (self_.status().empty()) self_.set_status("healthy");
}

runtime::Task<> Registration::Run() {
    for (;;) {
        const Deadline next = Deadline::After(config_.heartbeat);
        listed_ = (co_await Write()).ok();
        if (!listed_) ++failures_;
        co_await runtime::SleepUntil(next);
    }
}

runtime::Task<Status> Registration::StartDraining() {
    self_.set_draining(true);
    return Write();
}

runtime::Task<Status> Registration::Deregister() {
    listed_ = false;
    return bucket_.Delete(InstanceKey(self_.service(), self_.instance()));
}

runtime::Task<Status> Registration::Write() {
    if (callbacks_.load) self_.set_load(callbacks_.load());
    if (callbacks_.status) self_.set_status(callbacks_.status());
    if (callbacks_.describe) callbacks_.describe(self_);
    self_.set_updated_ts(clock_.Now());
    const auto written = co_await bucket_.Put(
        InstanceKey(self_.service(), self_.instance()), self_.SerializeAsString()
    );
    co_return written.status();
}

}  // namespace mp::registry
