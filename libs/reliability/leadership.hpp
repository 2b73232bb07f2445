#pragma once
// One leader among several instances: campaigns for a lock, leads while it holds it, campaigns
// again when it loses it. While leading it renews the lock; when a renewal is refused, or none
// succeeded in time, what it leads is cancelled before the lock could pass to another.
//
//   Leadership leadership(lock);
//   co_return co_await FirstOf(leadership.Run(lead), ShutdownSignal());
//
// One io_context thread; the lock outlives it and is used by nobody else.

#include <cstdint>
#include <functional>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "reliability/distributed_lock.hpp"
#include "reliability/pause.hpp"
#include "runtime/task.hpp"

namespace mp::reliability {

struct LeadershipConfig {
    Duration renew_every = std::chrono::seconds(10);
    // After a renewal that failed for want of an answer.
    Duration retry_every = std::chrono::seconds(1);
    // Stops leading so long before the lock runs out.
    Duration margin = std::chrono::seconds(3);
    // Told of every change, before leading begins and after it has ended: log, gauge.
    std::function<void(bool leading, uint64_t token)> on_change = [](bool, uint64_t) {};
};

class Leadership {
  public:
    // Works as leader until it has nothing left to do or is cancelled. `token` goes with every
    // write that an older leader must not be able to repeat.
    using Lead = std::function<Task<Status>(uint64_t token)>;

    explicit Leadership(
        DistributedLock& lock, LeadershipConfig config = {}, Pause pause = TimerPause()
    );

    // Campaigns and leads; ends with what `lead` returns. Lost leadership cancels `lead` and begins
    // anew. Whenever it ends, also when cancelled, it gives the lock up.
    Task<Status> Run(Lead lead);

    bool leading() const { return leading_ && lock_.Held(); }
    uint64_t terms() const { return terms_; }

  private:
    Task<Status> Campaign(Lead lead);
    Task<Status> KeepHeld();
    Task<> StepDown();
    void SetLeading(bool leading);

    DistributedLock& lock_;
    const LeadershipConfig config_;
    const Pause pause_;
    bool leading_ = false;
    bool lost_ = false;
    uint64_t terms_ = 0;
};

}  // namespace mp::reliability
