#pragma once
// What a service works with at the broker. Made where it is missing: at the start, and whenever the
// connection has come back, because a broker may come back with an empty disk.

#include <functional>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "bus/connection.hpp"
#include "bus/kv_bucket.hpp"
#include "bus/stream.hpp"
#include "runtime/task.hpp"

namespace mp::bus {

// On the connection's executor; the connection outlives it.
class Provision {
  public:
    // Told of every attempt that failed; the next one follows half a second later.
    using ErrorHandler = std::function<void(const Status&)>;

    Provision(
        Connection& connection,
        std::vector<StreamConfig> streams,
        std::vector<KvConfig> buckets,
        ErrorHandler on_error
    );

    // OK once everything is there. FailedPrecondition where something is there that cannot be made
    // into what is wanted; that does not pass by itself.
    runtime::Task<Status> Make();
    // Makes it again after every reconnect, until cancelled.
    runtime::Task<Status> Keep();

  private:
    runtime::Task<Status> MakeMissing(Deadline deadline);

    Connection& connection_;
    const std::vector<StreamConfig> streams_;
    const std::vector<KvConfig> buckets_;
    const ErrorHandler on_error_;
    uint64_t reconnects_ = 0;  // when everything was last seen to be there
};

}  // namespace mp::bus
