#include "reliability/leadership.hpp"

#include <algorithm>
#include <utility>

#include "base/deadline.hpp"
#include "runtime/finally.hpp"
#include "runtime/first_of.hpp"
#include "runtime/with_deadline.hpp"

namespace mp::reliability {

Leadership::Leadership(DistributedLock& lock, LeadershipConfig config, Pause pause)
    : lock_(lock), config_(std::move(config)), pause_(std::move(pause)) {}

Task<Status> Leadership::Run(Lead lead) {
    return runtime::Finally(Campaign(std::move(lead)), StepDown());
}

Task<Status> Leadership::Campaign(Lead lead) {
    for (;;) {
        const Status acquired = co_await lock_.Acquire(Deadline::Never());
        if (!acquired.ok()) co_return acquired;
        ++terms_;
        lost_ = false;
        SetLeading(true);
        Status ended = co_await runtime::FirstOf(lead(lock_.token()), KeepHeld());
        SetLeading(false);
        if (!lost_) co_return ended;
    }
}

Task<Status> Leadership::KeepHeld() {
    Duration wait = config_.renew_every;
    for (;;) {
        const Duration left = lock_.HeldFor() - config_.margin;
        if (left.count() <= 0) break;
        co_await pause_(std::min(wait, left));

        const Duration rest = lock_.HeldFor() - config_.margin;
        const Deadline deadline = Deadline::After(std::max(Duration(0), rest));
        const Status renewed = co_await runtime::WithDeadline(lock_.Renew(), deadline);
        if (renewed.code() == StatusCode::kAborted) break;
        wait = renewed.ok() ? config_.renew_every : config_.retry_every;
    }
    lost_ = true;
    co_return absl::AbortedError("leadership lost");
}

Task<> Leadership::StepDown() {
    if (leading_) SetLeading(false);
    // Where this fails the lock runs out by itself.
    (co_await runtime::WithDeadline(lock_.Release(), Deadline::After(std::chrono::seconds(2))))
        .IgnoreError();
}

void Leadership::SetLeading(bool leading) {
    leading_ = leading;
    config_.on_change(leading, lock_.token());
}

}  // namespace mp::reliability
